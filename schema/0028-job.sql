-- A process that builds reaches its own deployment, and nothing else.
--
-- It reads what strangers keep in their repositories, and may be theirs one day.
-- So it is another role than what works the queue: that is slipway_queue now,
-- and slipway_build may call the functions of the schema job and no more.  Each
-- wants the secret of the attempt, of which the row has the hash.

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'slipway_queue') THEN
		CREATE ROLE slipway_queue LOGIN;
	END IF;
END
$$;
COMMENT ON ROLE slipway_queue IS 'builderd: the queue, the outbox and what is done once a day';
COMMENT ON ROLE slipway_build IS 'a process that builds: the functions of schema job, each for one attempt';
ALTER ROLE slipway_queue SET search_path = public, pg_temp;
ALTER ROLE slipway_queue SET statement_timeout = '30s';
ALTER ROLE slipway_queue SET lock_timeout = '5s';
ALTER ROLE slipway_queue SET idle_in_transaction_session_timeout = '10s';

-- Whatever earlier files gave to it, and the queue's part of that to the other.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM slipway_build;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM slipway_build;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM slipway_build;
REVOKE ALL ON SCHEMA public FROM slipway_build;
DO $$
DECLARE
	t text;
BEGIN
	FOR t IN SELECT tablename FROM pg_policies
		 WHERE schemaname = 'public' AND roles = '{slipway_build}'
	LOOP
		EXECUTE format('DROP POLICY build ON %I', t);
	END LOOP;
	FOREACH t IN ARRAY ARRAY['uploads', 'deployments', 'build_logs'] LOOP
		EXECUTE format('CREATE POLICY queue ON %I TO slipway_queue USING (true)', t);
	END LOOP;
END
$$;
GRANT USAGE ON SCHEMA public TO slipway_queue;
GRANT SELECT (id, state, upload_id, finished_at) ON deployments TO slipway_queue;
GRANT SELECT, DELETE ON uploads, build_logs TO slipway_queue;
GRANT EXECUTE ON FUNCTION build_unclaim(text), builder_alive(text, int),
    build_renew(text[], bigint[], interval), build_leases(),
    build_lost(text[], bigint[], text[]),
    build_end(text, bigint, text, text, text, jsonb),
    outbox_take(int, text, text), outbox_done(bigint, int, boolean, text), outbox_wait(),
    retention_run(int, int, int) TO slipway_queue;

-- As in 0021; none of the programs is an operator.
CREATE OR REPLACE FUNCTION may_deploy(team text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT team = ANY (my_deploys()) OR session_user NOT IN
	    ('slipway_api', 'slipway_serve', 'slipway_queue', 'slipway_build')
$$;

-- A claim brings the hash of a secret that only its builder knows.
ALTER TABLE deployments ADD key_hash bytea CHECK (length(key_hash) = 32);
COMMENT ON COLUMN deployments.key_hash IS
    'SHA-256 of the secret by which its last attempt is known to the functions of schema job';

DROP FUNCTION build_claim(text, interval),
    turn_take(text, boolean, boolean, boolean, text, interval);
-- Both as in 0010, and the hash is kept.
CREATE FUNCTION turn_take(team text, urgent boolean, room boolean, wait boolean,
    who text, lease interval, key bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d text;
	clock bigint;
BEGIN
	IF wait THEN
		PERFORM FROM turns x WHERE x.team_id = team FOR NO KEY UPDATE;
	ELSE
		PERFORM FROM turns x WHERE x.team_id = team FOR NO KEY UPDATE SKIP LOCKED;
		IF NOT FOUND THEN
			RETURN 'busy';
		END IF;
	END IF;
	d := turn_next(team, urgent, room);
	IF d IS NULL THEN
		RAISE EXCEPTION 'nothing' USING ERRCODE = 'SW000';
	END IF;
	UPDATE deployments x SET state = 'building', attempt = x.attempt + 1,
	    fence = nextval('fence_seq'), key_hash = key, lease_owner = who,
	    lease_until = clock_timestamp() + lease
	 WHERE x.id = (SELECT q.id FROM deployments q
	    WHERE q.id = d AND q.state = 'queued' FOR UPDATE SKIP LOCKED);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'busy' USING ERRCODE = 'SW000';
	END IF;
	UPDATE turns x SET vtime = greatest(x.vtime, (SELECT c.last_value FROM turn_clock c))
	        + 1000000 / t.weight,
	    production = EXISTS (SELECT FROM deployments q WHERE q.team_id = team
	        AND q.state = 'queued' AND q.target = 'production'),
	    preview_since = (SELECT min(q.created_at) FROM deployments q
	        WHERE q.team_id = team AND q.state = 'queued' AND q.target <> 'production')
	  FROM teams t WHERE x.team_id = team AND t.id = team
	RETURNING x.vtime - 1000000 / t.weight INTO clock;
	PERFORM setval('turn_clock', greatest(clock, 1));
	RETURN d;
EXCEPTION WHEN SQLSTATE 'SW000' THEN
	RETURN nullif(SQLERRM, 'nothing');
END
$$;
COMMENT ON FUNCTION turn_take(text, boolean, boolean, boolean, text, interval, bytea) IS
    'Claims what a team has next; null if it has nothing, busy if another builder is there';

CREATE FUNCTION build_claim(who text, lease interval, key bytea)
RETURNS TABLE (id text, fence bigint, attempt int, project_id text, slug text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	room boolean := preview_room();
	pressing boolean;
	busy text;
	t text;
	d text;
BEGIN
	FOR round IN 1..8 LOOP
		busy := NULL;
		FOREACH pressing IN ARRAY ARRAY[true, false] LOOP
			CONTINUE WHEN NOT pressing AND NOT room;
			FOR t IN SELECT x.team_id FROM turns x
				 WHERE (x.production OR x.preview_since IS NOT NULL) AND (NOT pressing
				    OR x.production OR x.preview_since < now() - interval '10 minutes')
				 ORDER BY x.vtime, x.team_id
			LOOP
				d := turn_take(t, pressing, room, false, who, lease, key);
				EXIT WHEN d <> 'busy';
				IF d = 'busy' THEN
					busy := coalesce(busy, t);
					d := NULL;
				END IF;
			END LOOP;
			EXIT WHEN d IS NOT NULL;
		END LOOP;
		IF d IS NULL AND busy IS NOT NULL THEN
			d := nullif(turn_take(busy, false, room, true, who, lease, key), 'busy');
		END IF;
		EXIT WHEN d IS NOT NULL OR busy IS NULL;
	END LOOP;
	RETURN QUERY SELECT x.id, x.fence, x.attempt, x.project_id, p.slug
	  FROM deployments x JOIN projects p ON p.id = x.project_id WHERE x.id = d;
END
$$;
COMMENT ON FUNCTION build_claim(text, interval, bytea) IS
    'The next build for this builder, leased, its secret known by the hash of that; no row if there is none';
REVOKE EXECUTE ON FUNCTION build_claim(text, interval, bytea),
    turn_take(text, boolean, boolean, boolean, text, interval, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION build_claim(text, interval, bytea) TO slipway_queue;

-- What a build goes by; before it was what was last built for production, or of
-- its branch.
CREATE VIEW build_settings AS
SELECT d.id, d.project_id, d.team_id, d.target, d.source, d.repo,
       d.ref, d.ref_kind, d.commit_sha, d.upload_id, d.branch_label,
       (SELECT o.commit_sha FROM deployments o
	 WHERE o.project_id = d.project_id AND o.target = d.target
	   AND (o.target = 'production' OR o.branch_label = d.branch_label)
	   AND o.state = 'ready' AND o.commit_sha IS NOT NULL AND o.seq < d.seq
	 ORDER BY o.seq DESC LIMIT 1) AS previous,
       p.root_dir, p.framework, p.install_command, p.build_command,
       p.output_dir, p.node_version, p.spa, p.ignore_command,
       p.network, p.submodules, p.lfs, p.build_memory, p.build_cpus,
       p.build_disk, p.build_timeout, t.build_memory AS team_memory,
       t.build_cpus AS team_cpus, t.build_disk AS team_disk,
       t.build_timeout AS team_timeout
  FROM deployments d JOIN projects p ON p.id = d.project_id JOIN teams t ON t.id = d.team_id;
COMMENT ON VIEW build_settings IS 'What a deployment is a build of, and what its project and team say';

-- The secret of an attempt is void when that has ended, or another has begun.
-- Only the last word may be repeated, since its answer may have been lost; it
-- changes nothing then.  In whose name it is done is not the session's to say.
CREATE FUNCTION build_own(deployment text, f bigint, secret bytea, again boolean DEFAULT false)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT set_config(n, '', true) FROM unnest('{slipway.user,slipway.request,slipway.ip}'::text[]) n;
	SELECT d.id FROM deployments d
	 WHERE d.id = deployment AND d.fence = f AND d.key_hash = sha256(secret)
	   AND (again OR d.state IN ('building', 'canceling'))
$$;
COMMENT ON FUNCTION build_own(text, bigint, bytea, boolean) IS
    'That deployment, if the secret is that of the attempt which runs, or with again the last that ran; else null, which no function finds';
REVOKE EXECUTE ON FUNCTION build_own(text, bigint, bytea, boolean) FROM PUBLIC;

CREATE SCHEMA job;
COMMENT ON SCHEMA job IS 'All that a process which builds can do: each function takes deployment, fence and secret';
GRANT USAGE ON SCHEMA job TO slipway_build;

CREATE FUNCTION job.settings(deployment text, f bigint, secret bytea)
RETURNS SETOF build_settings
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT * FROM build_settings s WHERE s.id = build_own(deployment, f, secret)
$$;
COMMENT ON FUNCTION job.settings(text, bigint, bytea) IS 'What it is a build of; no row: not yours';

CREATE FUNCTION job.variables(deployment text, f bigint, secret bytea)
RETURNS TABLE (name text, sealed bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT v.name, v.sealed FROM environment_variables v
	  JOIN deployments d ON d.project_id = v.project_id AND d.target = v.target
	 WHERE d.id = build_own(deployment, f, secret) ORDER BY v.name
$$;
COMMENT ON FUNCTION job.variables(text, bigint, bytea) IS 'The variables of its project, for its target';

CREATE FUNCTION job.secrets(deployment text, f bigint, secret bytea)
RETURNS TABLE (kind text, origin text, username text, sealed bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT kind, origin, username, sealed
	  FROM source_secrets(build_own(deployment, f, secret), f)
$$;
COMMENT ON FUNCTION job.secrets(text, bigint, bytea) IS 'See source_secrets()';

CREATE FUNCTION job.hosts(deployment text, f bigint, secret bytea)
RETURNS TABLE (host text, port int, fingerprint text, pinned boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT h.host, h.port, h.fingerprint, h.pinned FROM source_hosts(deployment, f) h
	 WHERE build_own(deployment, f, secret) IS NOT NULL
$$;
COMMENT ON FUNCTION job.hosts(text, bigint, bytea) IS 'See source_hosts()';

CREATE FUNCTION job.met(deployment text, f bigint, secret bytea, host text, port int,
    key_type text, fingerprint text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT source_met(build_own(deployment, f, secret), f, host, port, key_type, fingerprint)
$$;
COMMENT ON FUNCTION job.met(text, bigint, bytea, text, int, text, text) IS 'See source_met()';

CREATE FUNCTION job.progress(deployment text, f bigint, secret bytea, step text,
    sha text, message text, author text, branch text, framework text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT build_progress(build_own(deployment, f, secret), f, step,
	    sha, message, author, branch, framework)
$$;
COMMENT ON FUNCTION job.progress(text, bigint, bytea, text, text, text, text, text, text) IS
    'See build_progress()';

CREATE FUNCTION job.log(deployment text, f bigint, secret bytea, first bigint,
    ats double precision[], steps text[], streams text[], lines text[], hues json[])
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT build_log(build_own(deployment, f, secret), f, first, ats, steps, streams, lines, hues)
$$;
COMMENT ON FUNCTION job.log(text, bigint, bytea, bigint, double precision[], text[], text[], text[], json[]) IS
    'See build_log()';

CREATE FUNCTION job.room(deployment text, f bigint, secret bytea, files bigint, bytes bigint)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT build_room(build_own(deployment, f, secret), f, files, bytes)
$$;
COMMENT ON FUNCTION job.room(text, bigint, bytea, bigint, bigint) IS 'See build_room(); null: not yours';

CREATE FUNCTION job.ready(deployment text, f bigint, secret bytea, manifest text,
    files int, bytes bigint, timings jsonb) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT build_ready(build_own(deployment, f, secret, true), f, manifest, files, bytes, timings)
$$;
COMMENT ON FUNCTION job.ready(text, bigint, bytea, text, int, bigint, jsonb) IS 'See build_ready()';

-- That it was canceled, or given back, is the queue's to say.
CREATE FUNCTION job.ended(deployment text, f bigint, secret bytea, outcome text,
    code text, said text, timings jsonb) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT build_end(CASE WHEN outcome IN ('failed', 'lost')
	    THEN build_own(deployment, f, secret, true) END, f, outcome, code, said, timings)
$$;
COMMENT ON FUNCTION job.ended(text, bigint, bytea, text, text, text, jsonb) IS
    'See build_end(): failed, or lost for what is the builder''s own fault';

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA job FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA job TO slipway_build;
