-- All that fcgi-serve may ask.
--
-- scope 'own' means a label under the base domain, such as "shop" or
-- "main--shop"; scope 'domain' means a whole host name of somebody's own.
-- Nothing is answered for a domain that was not proved.

CREATE FUNCTION serve_resolve(scope text, host text)
RETURNS TABLE (deployment_id text, project text, manifest text, production boolean, spa text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	p projects;
	cut int := position('--' IN host);
	wanted text := '';
	d text;
BEGIN
	IF scope = 'domain' THEN
		SELECT x.* INTO p FROM projects x JOIN domains m ON m.project_id = x.id
		 WHERE m.host = serve_resolve.host AND m.verified_at IS NOT NULL;
	ELSE
		IF cut > 0 THEN
			wanted := left(host, cut - 1);
		END IF;
		SELECT x.* INTO p FROM projects x
		 WHERE x.slug = CASE WHEN cut > 0 THEN substr(host, cut + 2) ELSE host END;
	END IF;
	IF p.id IS NULL OR EXISTS (SELECT FROM teams t
	    WHERE t.id = p.team_id AND t.suspended_at IS NOT NULL) THEN
		RETURN;
	END IF;
	IF wanted = '' THEN
		d := p.live_deployment;
	ELSE
		SELECT x.id INTO d FROM deployments x
		 WHERE x.id = 'dpl_' || wanted AND x.project_id = p.id AND x.state = 'ready';
		IF d IS NULL THEN
			SELECT a.deployment_id INTO d FROM aliases a
			 WHERE a.project_id = p.id AND a.label = wanted;
		END IF;
		IF d IS NULL THEN
			SELECT x.id INTO d FROM deployments x
			 WHERE x.project_id = p.id AND x.branch_label = wanted AND x.state = 'ready'
			 ORDER BY x.seq DESC LIMIT 1;
		END IF;
	END IF;
	RETURN QUERY SELECT x.id, p.slug, x.manifest, wanted = '', p.spa
	  FROM deployments x WHERE x.id = d AND x.state = 'ready';
END
$$;
COMMENT ON FUNCTION serve_resolve(text, text) IS 'Which deployment a host shows; no row if none';
GRANT EXECUTE ON FUNCTION serve_resolve(text, text) TO slipway_serve;
