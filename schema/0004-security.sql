-- Who sees which rows.
--
-- fcgi-api says once per transaction who is asking, by calling enter_user()
-- or enter_token(); every tenant table then shows only the rows of teams that
-- they belong to.  Its statements name the team as well, so this is the second
-- wall.  Accounts and sessions are reached through functions alone.

CREATE FUNCTION me() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(pg_catalog.current_setting('slipway.user', true), '') $$;
COMMENT ON FUNCTION me() IS 'The user this transaction works for; null: nobody';

-- What a role may do is a number: viewer 1, member 2, admin 3, owner 4.  An
-- API token lowers it: read to 1, deploy to 2.
CREATE FUNCTION rank_of(role text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT pg_catalog.array_position(ARRAY['viewer', 'member', 'admin', 'owner'], role) $$;
COMMENT ON FUNCTION rank_of(text) IS 'viewer 1, member 2, admin 3, owner 4';

-- Worked out once, on entering; every statement of the transaction, and every
-- policy, then reads it from here.
CREATE FUNCTION enter_teams(who text, cap int, only_team text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t record;
BEGIN
	SELECT array_agg(x.id) AS r1,
	    array_agg(x.id) FILTER (WHERE x.rank >= 2) AS r2,
	    array_agg(x.id) FILTER (WHERE x.rank >= 3) AS r3,
	    array_agg(x.id) FILTER (WHERE x.rank >= 4) AS r4
	  INTO t
	  FROM (SELECT m.team_id AS id, least(rank_of(m.role), cap) AS rank
		  FROM team_members m WHERE m.user_id = who
		   AND (only_team IS NULL OR m.team_id = only_team)) x;
	PERFORM set_config('slipway.teams1', coalesce(t.r1::text, ''), true),
	    set_config('slipway.teams2', coalesce(t.r2::text, ''), true),
	    set_config('slipway.teams3', coalesce(t.r3::text, ''), true),
	    set_config('slipway.teams4', coalesce(t.r4::text, ''), true);
END
$$;
COMMENT ON FUNCTION enter_teams(text, int, text) IS
    'Notes in which teams whoever asks has which rank';

CREATE FUNCTION my_teams(need int) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT coalesce(nullif(pg_catalog.current_setting('slipway.teams' || need, true), ''), '{}')::text[]
$$;
COMMENT ON FUNCTION my_teams(int) IS 'Teams in which whoever asks has at least that rank';

-- Operators in psql work for nobody in particular and may do all; a program
-- that has not said whom it works for may do nothing.
CREATE FUNCTION may_deploy(team text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT team = ANY (my_teams(2))
	    OR session_user NOT IN ('slipway_api', 'slipway_serve', 'slipway_build')
$$;
COMMENT ON FUNCTION may_deploy(text) IS 'Whoever asks may build and promote in that team';

-- A signed-in request.  The token's epoch must be the user's and its session
-- must live, so signing out or changing a password takes effect at once.
CREATE FUNCTION enter_user(who text, sid text, was int, request text, addr text)
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
	    set_config('slipway.request', request, true),
	    set_config('slipway.ip', addr, true);
	RETURN who;
END
$$;
COMMENT ON FUNCTION enter_user(text, text, int, text, text) IS
    'Work for a user until the transaction ends; SW401 if the session is over';

CREATE FUNCTION enter_token(h bytea, request text, addr text) RETURNS text
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
	cap := CASE t.scope WHEN 'read' THEN 1 WHEN 'deploy' THEN 2 ELSE 4 END;
	PERFORM enter_teams(t.user_id, cap, t.team_id),
	    set_config('slipway.user', t.user_id, true),
	    set_config('slipway.cap', cap::text, true),
	    set_config('slipway.token', t.id, true),
	    set_config('slipway.request', request, true),
	    set_config('slipway.ip', addr, true);
	RETURN t.user_id;
END
$$;
COMMENT ON FUNCTION enter_token(bytea, text, text) IS
    'Work for the maker of an API token until the transaction ends; SW401 if it is no good';

-- Every change to what a tenant owns leaves a line, whoever made it and from
-- wherever; only names of columns are kept, never values.
CREATE FUNCTION audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
	new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
	one jsonb := coalesce(new_row, old_row);
	changed jsonb;
BEGIN
	IF TG_OP = 'UPDATE' THEN
		SELECT jsonb_agg(n.key ORDER BY n.key) INTO changed
		  FROM jsonb_each(new_row) n
		 WHERE n.value IS DISTINCT FROM old_row -> n.key
		   AND n.key NOT IN ('updated_at', 'used_at', 'next_seq', 'vtime');
		IF changed IS NULL THEN
			RETURN NULL;
		END IF;
	END IF;
	INSERT INTO audit_log (team_id, actor, action, object, request, ip, detail)
	VALUES (coalesce(one ->> 'team_id', CASE WHEN TG_TABLE_NAME = 'teams' THEN one ->> 'id' END),
	    coalesce(me(), session_user::text),
	    TG_TABLE_NAME || '.' || lower(TG_OP),
	    coalesce(one ->> 'id', one ->> 'user_id'),
	    nullif(current_setting('slipway.request', true), ''),
	    nullif(current_setting('slipway.ip', true), '')::inet,
	    CASE WHEN changed IS NOT NULL THEN jsonb_build_object('changed', changed) END);
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit() IS 'Writes audit_log';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['teams', 'team_members', 'projects',
	    'environment_variables', 'aliases', 'domains', 'api_tokens'] LOOP
		EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE'
		    ' ON %I FOR EACH ROW EXECUTE FUNCTION audit()', t);
	END LOOP;
END
$$;
-- Of a deployment the coming, the promotion and the cancelling are events;
-- what builders write while they work is not.
CREATE TRIGGER audit AFTER INSERT OR DELETE ON deployments
    FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER audit_state AFTER UPDATE OF state ON deployments
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION audit();

-- The walls: members see their teams' rows, and may write what their rank
-- allows; builderd works for everybody.
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT * FROM (VALUES
	    ('projects', 2), ('environment_variables', 2), ('uploads', 2),
	    ('deployments', 2), ('build_logs', 99), ('aliases', 2), ('domains', 2),
	    ('api_tokens', 1), ('team_members', 3)) AS v (name, need)
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.name);
		EXECUTE format('CREATE POLICY look ON %I FOR SELECT TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(1))::text[]))', t.name);
		EXECUTE format('CREATE POLICY make ON %I FOR INSERT TO slipway_api'
		    ' WITH CHECK (team_id = ANY ((SELECT my_teams(%s))::text[]))', t.name, t.need);
		EXECUTE format('CREATE POLICY change ON %I FOR UPDATE TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(%s))::text[]))', t.name, t.need);
		EXECUTE format('CREATE POLICY remove ON %I FOR DELETE TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(%s))::text[]))', t.name, t.need);
		EXECUTE format('CREATE POLICY build ON %I TO slipway_build USING (true)', t.name);
	END LOOP;
END
$$;
ALTER TABLE teams ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON teams FOR SELECT TO slipway_api
    USING (id = ANY ((SELECT my_teams(1))::text[]));
CREATE POLICY build ON teams TO slipway_build USING (true);
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON audit_log FOR SELECT TO slipway_api
    USING (team_id = ANY ((SELECT my_teams(3))::text[]));
-- A token is its maker's alone.
CREATE POLICY mine ON api_tokens AS RESTRICTIVE TO slipway_api USING (user_id = me());
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY self ON users FOR SELECT TO slipway_api USING (id = me());
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY self ON sessions FOR SELECT TO slipway_api USING (user_id = me());
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;

GRANT EXECUTE ON FUNCTION me(), rank_of(text), my_teams(int),
    enter_user(text, text, int, text, text), enter_token(bytea, text, text)
    TO slipway_api;

GRANT SELECT (id, email, name, created_at) ON users TO slipway_api;
GRANT SELECT (id, user_id, created_at, used_at, expires_at, revoked_at, ip, agent)
    ON sessions TO slipway_api;
GRANT SELECT ON teams, team_members TO slipway_api;
GRANT SELECT, INSERT, DELETE ON projects TO slipway_api;
GRANT UPDATE (slug, repo, branch, root_dir, framework, install_command, build_command,
    output_dir, node_version, spa, updated_at) ON projects TO slipway_api;
-- A sealed value can be written and thrown away, never read.
GRANT SELECT (id, team_id, project_id, name, target, updated_at), INSERT, DELETE
    ON environment_variables TO slipway_api;
GRANT UPDATE (sealed, updated_at) ON environment_variables TO slipway_api;
GRANT SELECT, INSERT, DELETE ON uploads TO slipway_api;
GRANT UPDATE (complete) ON uploads TO slipway_api;
GRANT SELECT ON deployments, build_logs TO slipway_api;
GRANT SELECT, INSERT, DELETE ON aliases, domains TO slipway_api;
GRANT UPDATE (deployment_id, updated_at) ON aliases TO slipway_api;
GRANT SELECT (id, user_id, team_id, name, scope, created_at, used_at, expires_at, revoked_at),
    INSERT ON api_tokens TO slipway_api;
GRANT UPDATE (revoked_at) ON api_tokens TO slipway_api;
-- Lines come from triggers and functions alone, or they could be made up.
GRANT SELECT ON audit_log TO slipway_api;

GRANT SELECT ON teams, projects, environment_variables, uploads, deployments TO slipway_build;
GRANT SELECT, INSERT, DELETE ON build_logs TO slipway_build;
GRANT DELETE ON uploads TO slipway_build;

-- Signing up, in and out.  None of these says more than it must.
CREATE FUNCTION account_create(mail text, called text, hash text, slug_wish text)
RETURNS TABLE (user_id text, team_id text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	u text;
	t text;
	s text := slug_wish;
BEGIN
	INSERT INTO users (email, name, password_hash)
	VALUES (lower(mail), called, hash) RETURNING id INTO u;
	WHILE EXISTS (SELECT FROM teams x WHERE x.slug = s) LOOP
		s := left(slug_wish, 40) || '-' || substr(new_id('x'), 3, 5);
	END LOOP;
	INSERT INTO teams (slug, name, personal)
	VALUES (s, coalesce(nullif(called, ''), s), true) RETURNING id INTO t;
	INSERT INTO team_members (team_id, user_id, role) VALUES (t, u, 'owner');
	RETURN QUERY SELECT u, t;
END
$$;
COMMENT ON FUNCTION account_create(text, text, text, text) IS
    'A user and their personal team; unique_violation if the address has an account';

CREATE FUNCTION account_password(mail text)
RETURNS TABLE (user_id text, password_hash text, epoch int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT id, password_hash, epoch FROM users
	 WHERE email = lower(mail) AND suspended_at IS NULL
$$;
COMMENT ON FUNCTION account_password(text) IS 'What a password is checked against';

CREATE FUNCTION account_rehash(who text, old text, new text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE users SET password_hash = new
	 WHERE id = who AND password_hash = old RETURNING true
$$;
COMMENT ON FUNCTION account_rehash(text, text, text) IS
    'The same password under today''s parameters';

CREATE FUNCTION session_start(who text, token_hash bytea, life interval,
    addr text, program text)
RETURNS TABLE (session_id text, epoch int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	s text;
BEGIN
	INSERT INTO sessions (user_id, expires_at, ip, agent)
	VALUES (who, now() + life, nullif(addr, '')::inet, left(program, 200))
	RETURNING id INTO s;
	INSERT INTO refresh_tokens (hash, session_id) VALUES (token_hash, s);
	RETURN QUERY SELECT s, u.epoch FROM users u WHERE u.id = who;
END
$$;
COMMENT ON FUNCTION session_start(text, bytea, interval, text, text) IS
    'A new sign-in and its first refresh token';

-- One use each.  Shown again within ten seconds the token gives the same
-- successor as the first time (the answer was lost); later, somebody has a
-- copy, and the whole family ends.
CREATE FUNCTION session_refresh(old bytea, new bytea, idle interval)
RETURNS TABLE (outcome text, session_id text, user_id text, epoch int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t record;
BEGIN
	SELECT r.used_at, s.id AS sid, s.user_id AS uid, s.used_at AS seen,
	       s.expires_at, s.revoked_at, u.epoch AS now_epoch
	  INTO t
	  FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id
	  JOIN users u ON u.id = s.user_id
	 WHERE r.hash = old AND u.suspended_at IS NULL
	   FOR UPDATE OF s;
	IF NOT FOUND OR t.revoked_at IS NOT NULL OR t.expires_at <= now()
	    OR t.seen + idle <= now() THEN
		RETURN QUERY SELECT 'unknown', NULL::text, NULL::text, NULL::int;
		RETURN;
	END IF;
	-- Another transaction may have spent it while we waited for the lock.
	SELECT r.used_at INTO t.used_at FROM refresh_tokens r WHERE r.hash = old;
	IF t.used_at IS NULL THEN
		UPDATE refresh_tokens SET used_at = clock_timestamp() WHERE hash = old;
		INSERT INTO refresh_tokens (hash, session_id) VALUES (new, t.sid);
		UPDATE sessions SET used_at = now() WHERE id = t.sid;
	ELSIF t.used_at > clock_timestamp() - interval '10 seconds' AND EXISTS
	    (SELECT FROM refresh_tokens r WHERE r.hash = new AND r.used_at IS NULL) THEN
		NULL; -- the successor is the same: it is made from the old token
	ELSE
		UPDATE sessions SET revoked_at = now(), revoked_why = 'reuse' WHERE id = t.sid;
		INSERT INTO audit_log (actor, action, object)
		VALUES (t.uid, 'sessions.reuse', t.sid);
		RETURN QUERY SELECT 'reuse', t.sid, t.uid, NULL::int;
		RETURN;
	END IF;
	RETURN QUERY SELECT 'ok', t.sid, t.uid, t.now_epoch;
END
$$;
COMMENT ON FUNCTION session_refresh(bytea, bytea, interval) IS
    'Spends a refresh token; ok, unknown or reuse';

CREATE FUNCTION session_end(token_hash bytea, sid text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE sessions SET revoked_at = now(), revoked_why = 'logout'
	 WHERE revoked_at IS NULL
	   AND (id = sid AND user_id = me()
	    OR id = (SELECT session_id FROM refresh_tokens WHERE hash = token_hash))
	RETURNING true
$$;
COMMENT ON FUNCTION session_end(bytea, text) IS
    'Signs out: the session of that refresh token, or that session of who is asking';

CREATE FUNCTION auth_event(who text, what text, request text, addr text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	INSERT INTO audit_log (actor, action, object, request, ip)
	VALUES (coalesce(nullif(who, ''), 'nobody'), what, coalesce(nullif(who, ''), '-'),
	    request, nullif(addr, '')::inet)
	RETURNING true
$$;
COMMENT ON FUNCTION auth_event(text, text, text, text) IS 'A sign-in that worked or did not';

GRANT EXECUTE ON FUNCTION account_create(text, text, text, text),
    account_password(text), account_rehash(text, text, text),
    session_start(text, bytea, interval, text, text),
    session_refresh(bytea, bytea, interval), session_end(bytea, text),
    auth_event(text, text, text, text) TO slipway_api;
