-- When the files of the store were last looked at, and what was found.

-- A blob's folder is named by the first byte of its hash, so each has as many
-- of them as any other, and is a portion of a day's work.
CREATE TABLE store_folders (
	folder int PRIMARY KEY CHECK (folder BETWEEN 0 AND 255),
	checked_at timestamptz,
	bad bigint NOT NULL DEFAULT 0,
	quarantined bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE store_folders IS 'The folders of blobs, as "slipwayctl fsck" found them';
COMMENT ON COLUMN store_folders.folder IS 'The first byte of the hashes of what is in it; on the disk its name has two hexadecimal digits';
COMMENT ON COLUMN store_folders.checked_at IS 'When all that deployments need of it was last read; null: never';
COMMENT ON COLUMN store_folders.bad IS 'How much of that was missing or not what it was, and was not repaired';
COMMENT ON COLUMN store_folders.quarantined IS 'How many files of it are in quarantine, at the end of the last run';
INSERT INTO store_folders (folder) SELECT generate_series(0, 255);

-- Of folders that were never looked at, the age is that of what may be in them.
CREATE VIEW admin.integrity AS
SELECT sum(bad)::bigint AS bad, sum(quarantined)::bigint AS quarantined,
       count(*) FILTER (WHERE checked_at IS NULL) AS never_checked,
       min(coalesce(checked_at, (SELECT min(finished_at) FROM deployments
           WHERE manifest IS NOT NULL AND collected_at IS NULL))) AS checked_since
  FROM store_folders;
COMMENT ON VIEW admin.integrity IS 'What "slipwayctl fsck" found in the store, and since when all of it was looked at; null: there is nothing in it';

CREATE FUNCTION integrity_metrics(every boolean) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT coalesce(string_agg(format(E'# HELP %1$s %2$s\n# TYPE %1$s gauge\n%1$s %3$s\n', name, help, value),
	    '' ORDER BY name), '')
	  FROM admin.integrity i, LATERAL (VALUES
	    ('slipway_store_bad_files', 'Files of deployments that are missing or not what they were.', bad::numeric),
	    ('slipway_store_quarantined_files', 'Files that were not what they should be, and were set aside.', quarantined),
	    ('slipway_store_check_age_seconds', 'How long ago that was looked at which was looked at longest ago.',
	        round(extract(epoch FROM now() - checked_since)))) v (name, help, value)
	 WHERE every AND value IS NOT NULL
$$;
COMMENT ON FUNCTION integrity_metrics(boolean) IS
    'The same as Prometheus text, for whoever may see what is everybody''s';
REVOKE EXECUTE ON FUNCTION integrity_metrics(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION integrity_metrics(boolean) TO slipway_api;
