-- A token of scope "deploy" deploys, and changes nothing else.
--
-- Rank 2 stands for both: deploying, and changing what a project is.  So where
-- whoever asks may deploy is noted apart; such a token has rank 1 beside it, and
-- every statement and policy on settings refuses it as it refuses a viewer.

CREATE FUNCTION my_deploys() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT coalesce(nullif(pg_catalog.current_setting('slipway.deploys', true), '')::text[],
	    '{}')
$$;
COMMENT ON FUNCTION my_deploys() IS 'Teams in which whoever asks may build, send files and promote';
GRANT EXECUTE ON FUNCTION my_deploys() TO slipway_api;

CREATE OR REPLACE FUNCTION may_deploy(team text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT team = ANY (my_deploys())
	    OR session_user NOT IN ('slipway_api', 'slipway_serve', 'slipway_build')
$$;

DROP FUNCTION enter_teams(text, int, text);
CREATE FUNCTION enter_teams(who text, cap int, deploys boolean, only_team text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t record;
BEGIN
	SELECT array_agg(x.id) AS r1,
	    array_agg(x.id) FILTER (WHERE least(x.rank, cap) >= 2) AS r2,
	    array_agg(x.id) FILTER (WHERE least(x.rank, cap) >= 3) AS r3,
	    array_agg(x.id) FILTER (WHERE least(x.rank, cap) >= 4) AS r4,
	    array_agg(x.id) FILTER (WHERE x.rank >= 2 AND deploys) AS d
	  INTO t
	  FROM (SELECT m.team_id AS id, rank_of(m.role) AS rank
		  FROM team_members m WHERE m.user_id = who
		   AND (only_team IS NULL OR m.team_id = only_team)) x;
	PERFORM set_config('slipway.teams1', coalesce(t.r1::text, ''), true),
	    set_config('slipway.teams2', coalesce(t.r2::text, ''), true),
	    set_config('slipway.teams3', coalesce(t.r3::text, ''), true),
	    set_config('slipway.teams4', coalesce(t.r4::text, ''), true),
	    set_config('slipway.deploys', coalesce(t.d::text, ''), true);
END
$$;
COMMENT ON FUNCTION enter_teams(text, int, boolean, text) IS
    'Notes in which teams whoever asks has which rank, and may deploy';
REVOKE EXECUTE ON FUNCTION enter_teams(text, int, boolean, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION enter_user(who text, sid text, was int, request text, addr text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t record;
BEGIN
	-- As enter_teams() has it, in the one query that every request pays for.
	SELECT count(*) AS found, array_agg(m.team_id) AS r1,
	    array_agg(m.team_id) FILTER (WHERE m.role IN ('member', 'admin', 'owner')) AS r2,
	    array_agg(m.team_id) FILTER (WHERE m.role IN ('admin', 'owner')) AS r3,
	    array_agg(m.team_id) FILTER (WHERE m.role = 'owner') AS r4
	  INTO t
	  FROM users u JOIN sessions s ON s.user_id = u.id
	  LEFT JOIN team_members m ON m.user_id = u.id
	 WHERE u.id = who AND s.id = sid AND u.epoch = was
	   AND u.suspended_at IS NULL AND s.revoked_at IS NULL
	   AND s.expires_at > now();
	IF t.found = 0 THEN
		RAISE EXCEPTION 'not signed in' USING ERRCODE = 'SW401';
	END IF;
	PERFORM set_config('slipway.user', who, true),
	    set_config('slipway.cap', '', true),
	    set_config('slipway.token', '', true),
	    set_config('slipway.teams1', coalesce(array_remove(t.r1, NULL)::text, ''), true),
	    set_config('slipway.teams2', coalesce(t.r2::text, ''), true),
	    set_config('slipway.teams3', coalesce(t.r3::text, ''), true),
	    set_config('slipway.teams4', coalesce(t.r4::text, ''), true),
	    set_config('slipway.deploys', coalesce(t.r2::text, ''), true),
	    set_config('slipway.request', request, true),
	    set_config('slipway.ip', addr, true);
	RETURN who;
END
$$;

CREATE OR REPLACE FUNCTION enter_token(h bytea, request text, addr text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t record;
	cap int;
BEGIN
	SELECT k.id, k.user_id, k.team_id, k.scope, k.used_at INTO t
	  FROM api_tokens k JOIN users u ON u.id = k.user_id
	 WHERE k.hash = h AND k.revoked_at IS NULL AND k.expires_at > now()
	   AND u.suspended_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such token' USING ERRCODE = 'SW401';
	END IF;
	IF t.used_at IS NULL OR t.used_at < now() - interval '1 hour' THEN
		UPDATE api_tokens SET used_at = date_trunc('hour', now()) WHERE id = t.id;
	END IF;
	cap := CASE t.scope WHEN 'admin' THEN 4 ELSE 1 END;
	PERFORM enter_teams(t.user_id, cap, t.scope IN ('deploy', 'admin'), t.team_id),
	    set_config('slipway.user', t.user_id, true),
	    set_config('slipway.cap', cap::text, true),
	    set_config('slipway.token', t.id, true),
	    set_config('slipway.request', request, true),
	    set_config('slipway.ip', addr, true);
	RETURN t.user_id;
END
$$;
COMMENT ON COLUMN api_tokens.scope IS 'read; deploy (read, send files, build, promote, pin, delete and restore deployments); admin (all its maker may do)';

-- What deploying writes; the rows of deployments come from functions that ask
-- may_deploy().
ALTER POLICY make ON uploads WITH CHECK (team_id = ANY ((SELECT my_deploys())::text[]));
ALTER POLICY change ON uploads USING (team_id = ANY ((SELECT my_deploys())::text[]));
ALTER POLICY remove ON uploads USING (team_id = ANY ((SELECT my_deploys())::text[]));
ALTER POLICY make ON deployments WITH CHECK (team_id = ANY ((SELECT my_deploys())::text[]));
ALTER POLICY change ON deployments USING (team_id = ANY ((SELECT my_deploys())::text[]));
ALTER POLICY remove ON deployments USING (team_id = ANY ((SELECT my_deploys())::text[]));
