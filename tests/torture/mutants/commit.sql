-- I1: what was acknowledged is not on disk yet.
ALTER ROLE slipway_api SET synchronous_commit = off;
