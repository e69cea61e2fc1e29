-- I2: whoever comes publishes.
CREATE OR REPLACE FUNCTION build_ready(deployment text, f bigint, p_manifest text, p_files int,
    p_bytes bigint, p_timings jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
BEGIN
	PERFORM FROM projects p JOIN deployments x ON x.project_id = p.id
	  WHERE x.id = deployment AND x.target = 'production' FOR NO KEY UPDATE OF p;
	UPDATE deployments SET state = 'ready', manifest = p_manifest, files = p_files,
	    bytes = p_bytes, timings = p_timings, error_code = NULL, error = NULL
	 WHERE id = deployment AND state IN ('building', 'canceling')
	RETURNING * INTO d;
	IF NOT FOUND THEN
		RETURN EXISTS (SELECT FROM deployments WHERE id = deployment AND fence = f
		    AND state = 'ready' AND manifest = p_manifest);
	END IF;
	IF d.target = 'production' THEN
		UPDATE projects p SET live_deployment = d.id
		 WHERE p.id = d.project_id AND NOT EXISTS (SELECT FROM deployments n
		    WHERE n.project_id = d.project_id AND n.target = 'production'
		      AND n.state = 'ready' AND n.seq > d.seq)
		   AND NOT EXISTS (SELECT FROM deployments l
		    WHERE l.id = p.live_deployment AND l.seq > d.seq);
	END IF;
	RETURN true;
END
$$;
