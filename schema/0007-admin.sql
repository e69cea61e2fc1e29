-- For the operator, who works in psql.

CREATE SCHEMA admin;
COMMENT ON SCHEMA admin IS 'Views and functions for operators';

CREATE VIEW admin.recent AS
SELECT d.id, p.slug AS project, t.slug AS team, d.seq, d.state, d.target, d.ref,
       left(d.commit_sha, 8) AS commit, d.created_at,
       d.started_at - d.created_at AS waited,
       coalesce(d.finished_at, CASE WHEN d.lease_until IS NOT NULL THEN now() END)
           - d.started_at AS ran,
       d.files, d.bytes, d.error
  FROM deployments d JOIN projects p ON p.id = d.project_id
  JOIN teams t ON t.id = d.team_id
 ORDER BY d.created_at DESC LIMIT 100;
COMMENT ON VIEW admin.recent IS 'The last hundred deployments';

CREATE VIEW admin.queue AS
SELECT d.id, t.slug AS team, p.slug AS project, d.state, d.target, d.step,
       now() - d.created_at AS age, d.attempt, d.lease_owner,
       d.lease_until - now() AS lease_left, greatest(d.not_before - now(), '0') AS held_for
  FROM deployments d JOIN projects p ON p.id = d.project_id
  JOIN teams t ON t.id = d.team_id
 WHERE d.state IN ('queued', 'building', 'canceling')
 ORDER BY d.state, t.vtime, d.created_at;
COMMENT ON VIEW admin.queue IS 'What waits and what is being built';

CREATE VIEW admin.slow_builds AS
SELECT d.id, p.slug AS project, d.framework, d.finished_at - d.started_at AS ran, d.timings
  FROM deployments d JOIN projects p ON p.id = d.project_id
 WHERE d.finished_at > now() - interval '7 days' AND d.started_at IS NOT NULL
 ORDER BY ran DESC LIMIT 50;
COMMENT ON VIEW admin.slow_builds IS 'The slowest builds of the last week';

CREATE VIEW admin.storage AS
SELECT p.slug AS project, t.slug AS team, count(d.id) AS deployments,
       coalesce(sum(d.files), 0) AS files, coalesce(sum(d.bytes), 0) AS bytes,
       max(d.finished_at) AS newest
  FROM projects p JOIN teams t ON t.id = p.team_id
  LEFT JOIN deployments d ON d.project_id = p.id AND d.state = 'ready'
 GROUP BY p.id, t.slug ORDER BY bytes DESC;
COMMENT ON VIEW admin.storage IS 'What each project''s ready deployments hold, before identical files are counted once';

CREATE FUNCTION admin.promote(deployment text) RETURNS text
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT deployment_promote(deployment) $$;
COMMENT ON FUNCTION admin.promote(text) IS 'Shows a ready deployment on its production host';

CREATE FUNCTION admin.cancel(deployment text) RETURNS text
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT deployment_cancel(deployment) $$;
COMMENT ON FUNCTION admin.cancel(text) IS 'Stops a deployment';

CREATE FUNCTION admin.suspend(team text) RETURNS boolean
LANGUAGE sql SET search_path = public, pg_temp
AS $$ UPDATE teams SET suspended_at = now() WHERE team IN (id, slug) AND suspended_at IS NULL RETURNING true $$;
COMMENT ON FUNCTION admin.suspend(text) IS 'Builds and serves nothing of a team, by id or slug, until it is resumed';

CREATE FUNCTION admin.resume(team text) RETURNS boolean
LANGUAGE sql SET search_path = public, pg_temp
AS $$ UPDATE teams SET suspended_at = NULL WHERE team IN (id, slug) AND suspended_at IS NOT NULL RETURNING true $$;
COMMENT ON FUNCTION admin.resume(text) IS 'Takes a suspension back';
