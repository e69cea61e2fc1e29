-- What explains an answer may know of a host: what fcgi-serve knows, but for
-- secrets, and of the projects of whoever asks alone.

CREATE FUNCTION explain_resolve(scope text, host text)
RETURNS TABLE (deployment_id text, project text, project_id text, manifest text,
    production boolean, spa text, gone boolean, primary_host text, skew text,
    protected boolean, kind text)
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT s.deployment_id, s.project, s.project_id, s.manifest, s.production, s.spa,
	    s.gone, s.primary_host, s.skew, s.password_hash <> '',
	    CASE WHEN scope = 'domain' THEN 'domain'
		WHEN position('--' IN host) = 0 THEN 'production'
		WHEN s.deployment_id = 'dpl_' || split_part(host, '--', 1) THEN 'deployment'
		WHEN EXISTS (SELECT FROM aliases a WHERE a.project_id = s.project_id
		    AND a.label = split_part(host, '--', 1)) THEN 'alias'
		ELSE 'branch' END
	  FROM serve_resolve(scope, host) s JOIN projects p ON p.id = s.project_id
	 WHERE p.team_id = ANY (my_teams(1))
$$;
COMMENT ON FUNCTION explain_resolve(text, text) IS
    'What a host of one''s own projects shows, and what kind of host it is';
REVOKE EXECUTE ON FUNCTION explain_resolve(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION explain_resolve(text, text) TO slipway_api;
