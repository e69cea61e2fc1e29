-- What is asked of one team or project takes as long as that is large, however
-- many others there are.

-- What a team keeps is counted for each deployment that is asked for.
CREATE INDEX deployments_kept ON deployments (team_id, project_id) INCLUDE (files, bytes)
    WHERE state = 'ready' AND deleted_at IS NULL;
-- Metrics and views of the queue want what is not finished, of all teams.
CREATE INDEX deployments_open ON deployments (state)
    WHERE state IN ('queued', 'building', 'canceling');
-- A deployment or an upload that goes is looked for in who refers to it.
CREATE INDEX projects_live ON projects (live_deployment) WHERE live_deployment IS NOT NULL;
CREATE INDEX deployments_upload ON deployments (upload_id) WHERE upload_id IS NOT NULL;

-- As in 0024, with equality, for which there are hashes: the number of projects
-- counts once and not squared.
CREATE OR REPLACE VIEW kept WITH (security_invoker) AS
SELECT t.id AS team_id, t.slug AS team, w.slug AS project,
       coalesce(u.deployments, 0) AS deployments,
       CASE WHEN w.id IS NULL THEN t.max_deployments END AS max_deployments,
       coalesce(u.files, 0) AS files, CASE WHEN w.id IS NULL THEN t.max_files END AS max_files,
       coalesce(u.bytes, 0) AS bytes, CASE WHEN w.id IS NULL THEN t.max_bytes END AS max_bytes,
       s.files AS unique_files, s.bytes AS unique_bytes, s.stored AS stored_bytes, s.measured_at
  FROM teams t
  JOIN (SELECT id AS team_id, NULL AS id, NULL AS slug FROM teams
        UNION ALL SELECT team_id, id, slug FROM projects) w ON w.team_id = t.id
  LEFT JOIN (SELECT team_id, project_id, count(*) AS deployments, sum(files) AS files,
                sum(bytes) AS bytes
               FROM deployments WHERE state = 'ready' AND deleted_at IS NULL
              GROUP BY GROUPING SETS ((team_id), (team_id, project_id))) u
    ON u.team_id = t.id AND coalesce(u.project_id, '') = coalesce(w.id, '')
  LEFT JOIN storage s ON s.team_id = t.id AND coalesce(s.project_id, '') = coalesce(w.id, '');

-- What is no longer to be seen is not, without a database, too: '*' before a
-- name, as for who may look (0027), where nothing of that name is left.  A
-- deployment that was deleted, or an alias, is not: other hosts of its project
-- have the same name, and would be forgotten with it.
CREATE OR REPLACE FUNCTION ring_serve() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	marks text[] := ARRAY[''];
	mark text;
BEGIN
	IF TG_TABLE_NAME = 'projects' THEN
		IF TG_OP = 'DELETE' THEN
			marks := ARRAY['*', ''];
		ELSIF TG_OP = 'UPDATE' THEN
			IF NEW.slug <> OLD.slug THEN
				marks := ARRAY['*', ''];
			END IF;
		END IF;
		IF TG_OP <> 'INSERT' THEN
			FOREACH mark IN ARRAY marks LOOP
				PERFORM pg_notify('slipway_serve', mark || OLD.slug);
			END LOOP;
			PERFORM pg_notify('slipway_serve', host) FROM domains
			  WHERE project_id = OLD.id AND verified_at IS NOT NULL;
		END IF;
		IF TG_OP <> 'DELETE' THEN
			PERFORM pg_notify('slipway_serve', NEW.slug);
		END IF;
	ELSIF TG_TABLE_NAME = 'domains' THEN
		-- Whoever only claimed it has no say in what others know of it.
		IF TG_OP <> 'INSERT' THEN
			IF OLD.verified_at IS NOT NULL THEN
				PERFORM pg_notify('slipway_serve', '*' || OLD.host);
			END IF;
		END IF;
		PERFORM pg_notify('slipway_serve', coalesce(NEW.host, OLD.host));
	ELSIF TG_TABLE_NAME = 'aliases' THEN
		PERFORM pg_notify('slipway_serve', slug) FROM projects
		  WHERE id = coalesce(NEW.project_id, OLD.project_id);
	ELSE -- a team was suspended, or is no longer
		IF NEW.suspended_at IS NOT NULL AND OLD.suspended_at IS NULL THEN
			marks := ARRAY['*', ''];
		END IF;
		FOREACH mark IN ARRAY marks LOOP
			PERFORM pg_notify('slipway_serve', mark || slug) FROM projects
			  WHERE team_id = NEW.id;
			PERFORM pg_notify('slipway_serve', mark || host) FROM domains
			  WHERE team_id = NEW.id AND verified_at IS NOT NULL;
		END LOOP;
		PERFORM pg_notify('slipway_queue', '');
	END IF;
	RETURN NULL;
END
$$;
