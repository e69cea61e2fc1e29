-- Whose a project is, for what is shared out among teams: one may have as many
-- projects as it likes, and has no larger share for that.

CREATE FUNCTION serve_team(project text) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT team_id FROM projects WHERE id = project
$$;
COMMENT ON FUNCTION serve_team(text) IS 'Whose the project is';
REVOKE EXECUTE ON FUNCTION serve_team(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION serve_team(text) TO slipway_serve;
COMMENT ON ROLE slipway_serve IS 'fcgi-serve: three functions, read only';
