-- The queue.  Rows are the truth; Redis and NOTIFY only wake whoever waits.
--
--	queued -> building -> ready | failed
--	queued -> superseded | canceled
--	building -> canceling -> canceled | ready
--	building -> queued			(its builder was lost)
--
-- A claim carries a lease and a fence.  Whatever a builder writes names its
-- fence, and a builder whose lease ran out writes nothing.

-- Bells.  slipway_queue: there is something to claim.  slipway_cancel: the
-- deployment named should stop.  slipway_log: it has new lines, or a new
-- state.  slipway_serve: what this project or host shows has changed.
CREATE FUNCTION ring_deployment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM pg_notify('slipway_serve', slug) FROM projects WHERE id = OLD.project_id;
		RETURN NULL;
	END IF;
	IF NEW.state = 'queued' THEN
		PERFORM pg_notify('slipway_queue', '');
	ELSIF NEW.state = 'canceling' THEN
		PERFORM pg_notify('slipway_cancel', NEW.id);
	ELSIF NEW.state = 'ready' THEN
		PERFORM pg_notify('slipway_serve', slug) FROM projects WHERE id = NEW.project_id;
	END IF;
	PERFORM pg_notify('slipway_log', NEW.id);
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION ring_deployment() IS 'Rings the bells for a deployment';
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE OF state, manifest ON deployments
    FOR EACH ROW EXECUTE FUNCTION ring_deployment();

CREATE FUNCTION ring_serve() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	IF TG_TABLE_NAME = 'projects' THEN
		IF TG_OP <> 'INSERT' THEN
			PERFORM pg_notify('slipway_serve', OLD.slug);
			PERFORM pg_notify('slipway_serve', host) FROM domains
			  WHERE project_id = OLD.id AND verified_at IS NOT NULL;
		END IF;
		IF TG_OP <> 'DELETE' THEN
			PERFORM pg_notify('slipway_serve', NEW.slug);
		END IF;
	ELSIF TG_TABLE_NAME = 'domains' THEN
		PERFORM pg_notify('slipway_serve', coalesce(NEW.host, OLD.host));
	ELSIF TG_TABLE_NAME = 'aliases' THEN
		PERFORM pg_notify('slipway_serve', slug) FROM projects
		  WHERE id = coalesce(NEW.project_id, OLD.project_id);
	ELSE -- a team was suspended, or is no longer
		PERFORM pg_notify('slipway_serve', slug) FROM projects WHERE team_id = NEW.id;
		PERFORM pg_notify('slipway_serve', host) FROM domains
		  WHERE team_id = NEW.id AND verified_at IS NOT NULL;
		PERFORM pg_notify('slipway_queue', '');
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION ring_serve() IS 'Rings the bell for hosts whose answer changed';
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE OF slug, live_deployment, spa ON projects
    FOR EACH ROW EXECUTE FUNCTION ring_serve();
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE ON aliases
    FOR EACH ROW EXECUTE FUNCTION ring_serve();
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE ON domains
    FOR EACH ROW EXECUTE FUNCTION ring_serve();
CREATE TRIGGER ring AFTER UPDATE OF suspended_at, max_running ON teams
    FOR EACH ROW EXECUTE FUNCTION ring_serve();

-- Asks for a build.  In the same transaction older ones of the same branch
-- that nobody has begun are superseded: whoever pushed again wants the new.
CREATE FUNCTION deployment_create(project text, p_target text, p_source text,
    p_ref text, p_ref_kind text, upload text, same_as text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	p projects;
	o deployments;
	u uploads;
	d text;
	b text;
BEGIN
	UPDATE projects SET next_seq = next_seq + 1
	 WHERE id = project AND may_deploy(team_id)
	RETURNING * INTO p;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such project' USING ERRCODE = 'SW404';
	END IF;
	IF same_as IS NOT NULL THEN
		SELECT * INTO o FROM deployments WHERE id = same_as AND project_id = p.id;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'no such deployment' USING ERRCODE = 'SW404';
		END IF;
	END IF;
	IF upload IS NOT NULL THEN
		SELECT * INTO u FROM uploads WHERE id = upload AND project_id = p.id;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'no such upload' USING ERRCODE = 'SW404';
		ELSIF NOT u.complete THEN
			RAISE EXCEPTION 'files of the upload are missing' USING ERRCODE = 'SW409';
		END IF;
	ELSIF p_source <> 'git' THEN
		RAISE EXCEPTION 'the files of the upload are gone' USING ERRCODE = 'SW409';
	ELSIF coalesce(o.repo, p.repo) IS NULL THEN
		RAISE EXCEPTION 'the project has no repository' USING ERRCODE = 'SW409';
	END IF;
	b := CASE WHEN p_ref_kind <> 'branch' THEN '' ELSE coalesce(nullif(p_ref, ''), p.branch) END;
	INSERT INTO deployments (team_id, project_id, seq, target, source, repo, ref,
	    ref_kind, branch_label, commit_sha, upload_id, created_by)
	VALUES (p.team_id, p.id, p.next_seq - 1, p_target, p_source,
	    CASE WHEN p_source = 'git' THEN coalesce(o.repo, p.repo) END,
	    CASE WHEN p_ref_kind = 'branch' THEN b ELSE p_ref END, p_ref_kind,
	    CASE WHEN b = '' THEN '' ELSE branch_label(b, p.slug) END,
	    o.commit_sha, upload, me())
	RETURNING id INTO d;
	UPDATE deployments SET state = 'superseded', finished_at = now(),
	    error_code = 'superseded', error = 'a newer deployment of the same branch was asked for'
	 WHERE project_id = p.id AND state = 'queued' AND id <> d AND source = p_source
	   AND source = 'git' AND target = p_target AND ref = CASE WHEN p_ref_kind = 'branch' THEN b ELSE p_ref END
	   AND ref_kind = p_ref_kind AND seq < p.next_seq - 1;
	RETURN d;
END
$$;
COMMENT ON FUNCTION deployment_create(text, text, text, text, text, text, text) IS
    'Queues a deployment and answers its id; SW404, SW409';

CREATE FUNCTION deployment_cancel(deployment text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
BEGIN
	SELECT * INTO d FROM deployments
	 WHERE id = deployment AND may_deploy(team_id) FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such deployment' USING ERRCODE = 'SW404';
	ELSIF d.state = 'queued' THEN
		UPDATE deployments SET state = 'canceled', finished_at = now() WHERE id = d.id;
		RETURN 'canceled';
	ELSIF d.state IN ('building', 'canceling') THEN
		UPDATE deployments SET state = 'canceling' WHERE id = d.id AND state = 'building';
		RETURN 'canceling';
	END IF;
	RAISE EXCEPTION 'it is % already', d.state USING ERRCODE = 'SW409';
END
$$;
COMMENT ON FUNCTION deployment_cancel(text) IS 'Stops a deployment that is not finished; SW404, SW409';

CREATE FUNCTION deployment_promote(deployment text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
BEGIN
	SELECT * INTO d FROM deployments
	 WHERE id = deployment AND may_deploy(team_id);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such deployment' USING ERRCODE = 'SW404';
	ELSIF d.state <> 'ready' THEN
		RAISE EXCEPTION 'it is %, not ready', d.state USING ERRCODE = 'SW409';
	END IF;
	UPDATE projects SET live_deployment = d.id WHERE id = d.project_id;
	RETURN d.project_id;
END
$$;
COMMENT ON FUNCTION deployment_promote(text) IS
    'Shows a ready deployment on the production host, whether newer or older; SW404, SW409';

-- Over all tenants, and so a number only.
CREATE FUNCTION queue_depth() RETURNS TABLE (state text, n bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT v.state, (SELECT count(*) FROM deployments d WHERE d.state = v.state)
	  FROM (VALUES ('queued'), ('building'), ('canceling')) AS v (state)
$$;
COMMENT ON FUNCTION queue_depth() IS 'How many deployments wait or are being built';

GRANT EXECUTE ON FUNCTION queue_depth(),
    deployment_create(text, text, text, text, text, text, text),
    deployment_cancel(text), deployment_promote(text) TO slipway_api;

-- Takes the next build: the team that used least, in it production first (a
-- preview that waited ten minutes counts as production), then the oldest.
-- Locking the team row makes the counts exact; other builders skip to
-- another team meanwhile.
CREATE FUNCTION build_claim(who text, lease interval)
RETURNS TABLE (id text, fence bigint, attempt int, project_id text, team_id text,
    slug text, target text, source text, repo text, ref text, ref_kind text,
    commit_sha text, upload_id text, root_dir text, framework text,
    install_command text, build_command text, output_dir text, node_version text,
    spa text, branch_label text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	t text;
	d text;
	f bigint;
BEGIN
	FOR t IN
		SELECT x.id FROM teams x
		 WHERE x.suspended_at IS NULL AND EXISTS (SELECT FROM deployments q
		    WHERE q.team_id = x.id AND q.state = 'queued' AND q.not_before <= now())
		 ORDER BY EXISTS (SELECT FROM deployments q
		    WHERE q.team_id = x.id AND q.state = 'queued' AND q.not_before <= now()
		      AND (q.target = 'production' OR q.created_at < now() - interval '10 minutes')) DESC,
		    x.vtime, x.id
		   FOR UPDATE SKIP LOCKED LIMIT 8
	LOOP
		CONTINUE WHEN (SELECT count(*) FROM deployments r
		    WHERE r.team_id = t AND r.state IN ('building', 'canceling'))
		    >= (SELECT x.max_running FROM teams x WHERE x.id = t);
		SELECT q.id INTO d FROM deployments q JOIN projects p ON p.id = q.project_id
		 WHERE q.team_id = t AND q.state = 'queued' AND q.not_before <= now()
		   AND (SELECT count(*) FROM deployments r WHERE r.project_id = q.project_id
		        AND r.state IN ('building', 'canceling')) < p.max_running
		 ORDER BY (q.target = 'production' OR q.created_at < now() - interval '10 minutes') DESC,
		    q.created_at, q.seq
		 LIMIT 1 FOR UPDATE OF q SKIP LOCKED;
		CONTINUE WHEN d IS NULL;
		f := nextval('fence_seq');
		UPDATE deployments x SET state = 'building', attempt = x.attempt + 1, fence = f,
		    lease_owner = who, lease_until = clock_timestamp() + lease,
		    started_at = clock_timestamp(), step = NULL
		 WHERE x.id = d;
		UPDATE teams x SET vtime = greatest(x.vtime,
		    (SELECT coalesce(min(y.vtime), 0) FROM teams y WHERE EXISTS
		        (SELECT FROM deployments q WHERE q.team_id = y.id
		          AND q.state IN ('queued', 'building')))) + 1000 / x.weight
		 WHERE x.id = t;
		RETURN QUERY SELECT x.id, x.fence, x.attempt, x.project_id, x.team_id, p.slug,
		    x.target, x.source, x.repo, x.ref, x.ref_kind, x.commit_sha, x.upload_id,
		    p.root_dir, p.framework, p.install_command, p.build_command, p.output_dir,
		    p.node_version, p.spa, x.branch_label
		  FROM deployments x JOIN projects p ON p.id = x.project_id WHERE x.id = d;
		RETURN;
	END LOOP;
END
$$;
COMMENT ON FUNCTION build_claim(text, interval) IS
    'The next build for this builder, leased; no row if there is none';

-- Says for each build named whether it is still this builder's: 'ok',
-- 'cancel' (stop it, then call build_canceled) or 'lost' (stop it, say nothing).
CREATE FUNCTION build_renew(ids text[], fences bigint[], lease interval)
RETURNS TABLE (id text, verdict text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH mine AS (SELECT * FROM unnest(ids, fences) AS m (id, fence)),
	kept AS (UPDATE deployments d SET lease_until = clock_timestamp() + lease
		  FROM mine m WHERE d.id = m.id AND d.fence = m.fence
		   AND d.state IN ('building', 'canceling')
		RETURNING d.id, d.state)
	SELECT m.id, CASE k.state WHEN 'building' THEN 'ok' WHEN 'canceling' THEN 'cancel'
	    ELSE 'lost' END
	  FROM mine m LEFT JOIN kept k ON k.id = m.id
$$;
COMMENT ON FUNCTION build_renew(text[], bigint[], interval) IS
    'Extends leases; ok, cancel or lost for each';

CREATE FUNCTION build_progress(deployment text, f bigint, p_step text,
    sha text, message text, author text, p_branch text, p_framework text)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE deployments d SET step = coalesce(p_step, d.step),
	    commit_sha = coalesce(sha, d.commit_sha),
	    commit_message = coalesce(left(message, 500), d.commit_message),
	    commit_author = coalesce(left(author, 200), d.commit_author),
	    ref = CASE WHEN d.ref = '' AND p_branch IS NOT NULL THEN left(p_branch, 250) ELSE d.ref END,
	    branch_label = CASE WHEN d.ref = '' AND d.branch_label = '' AND p_branch IS NOT NULL
	        THEN branch_label(p_branch, p.slug) ELSE d.branch_label END,
	    framework = coalesce(p_framework, d.framework)
	  FROM projects p
	 WHERE d.id = deployment AND d.fence = f AND d.state IN ('building', 'canceling')
	   AND p.id = d.project_id
	RETURNING true
$$;
COMMENT ON FUNCTION build_progress(text, bigint, text, text, text, text, text, text) IS
    'What is known so far (null: no news); no row if the build is no longer this builder''s';

CREATE FUNCTION build_log(deployment text, f bigint, first bigint, ats double precision[],
    steps text[], streams text[], lines text[])
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t text;
BEGIN
	SELECT team_id INTO t FROM deployments
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling');
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO build_logs (deployment_id, fence, seq, team_id, at, step, stream, line)
	SELECT deployment, f, first + n - 1, t, to_timestamp(a), s, o, l
	  FROM unnest(ats, steps, streams, lines) WITH ORDINALITY AS x (a, s, o, l, n)
	ON CONFLICT DO NOTHING;
	PERFORM pg_notify('slipway_log', deployment);
	RETURN true;
END
$$;
COMMENT ON FUNCTION build_log(text, bigint, bigint, double precision[], text[], text[], text[]) IS
    'Adds lines, the first of which has that number; false if the build is no longer this builder''s';

-- Publishes.  One transaction: the manifest, the state and, for production,
-- the promotion; an older build that ends later never takes the place of a
-- newer one.  Asked again after a lost answer, it says what it said before.
CREATE FUNCTION build_ready(deployment text, f bigint, p_manifest text, p_files int,
    p_bytes bigint, p_timings jsonb)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
BEGIN
	UPDATE deployments SET state = 'ready', manifest = p_manifest, files = p_files,
	    bytes = p_bytes, timings = p_timings, finished_at = clock_timestamp(),
	    lease_owner = NULL, lease_until = NULL, step = NULL
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling')
	RETURNING * INTO d;
	IF NOT FOUND THEN
		RETURN EXISTS (SELECT FROM deployments WHERE id = deployment AND fence = f
		    AND state = 'ready' AND manifest = p_manifest);
	END IF;
	IF d.target = 'production' THEN
		UPDATE projects p SET live_deployment = d.id
		 WHERE p.id = d.project_id AND NOT EXISTS (SELECT FROM deployments n
		    WHERE n.project_id = d.project_id AND n.target = 'production'
		      AND n.state = 'ready' AND n.seq > d.seq);
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION build_ready(text, bigint, text, int, bigint, jsonb) IS
    'Publishes; false if the build is no longer this builder''s';

CREATE FUNCTION build_failed(deployment text, f bigint, code text, why text, p_timings jsonb)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE deployments SET state = CASE state WHEN 'canceling' THEN 'canceled' ELSE 'failed' END,
	    error_code = CASE state WHEN 'building' THEN left(code, 40) END,
	    error = CASE state WHEN 'building' THEN left(why, 2000) END,
	    timings = p_timings, finished_at = clock_timestamp(),
	    lease_owner = NULL, lease_until = NULL
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling')
	RETURNING true
$$;
COMMENT ON FUNCTION build_failed(text, bigint, text, text, jsonb) IS
    'Ends a build that did not work; one that was being cancelled is canceled';

CREATE FUNCTION build_canceled(deployment text, f bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE deployments SET state = 'canceled', finished_at = clock_timestamp(),
	    lease_owner = NULL, lease_until = NULL
	 WHERE id = deployment AND fence = f AND state = 'canceling'
	RETURNING true
$$;
COMMENT ON FUNCTION build_canceled(text, bigint) IS 'Its processes are gone';

-- A builder that stops gives back what it cannot finish; that is no attempt.
CREATE FUNCTION build_release(deployment text, f bigint) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE deployments SET state = CASE state WHEN 'canceling' THEN 'canceled' ELSE 'queued' END,
	    attempt = greatest(attempt - 1, 0),
	    finished_at = CASE state WHEN 'canceling' THEN clock_timestamp() END,
	    lease_owner = NULL, lease_until = NULL, step = NULL
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling')
	RETURNING state
$$;
COMMENT ON FUNCTION build_release(text, bigint) IS 'Back to the queue';

-- The builder lives, and the process that built it is gone without a word.
CREATE FUNCTION build_crashed(deployment text, f bigint) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE deployments d SET
	    state = CASE WHEN d.state = 'canceling' THEN 'canceled'
	        WHEN d.attempt >= 3 THEN 'failed' ELSE 'queued' END,
	    error_code = CASE WHEN d.state = 'building' AND d.attempt >= 3 THEN 'builder_lost' END,
	    error = CASE WHEN d.state = 'building' AND d.attempt >= 3
	        THEN 'the builder was lost three times while building this' END,
	    finished_at = CASE WHEN d.state = 'canceling' OR d.attempt >= 3
	        THEN clock_timestamp() END,
	    not_before = clock_timestamp() + d.attempt * interval '2 seconds',
	    lease_owner = NULL, lease_until = NULL, step = NULL
	 WHERE d.id = deployment AND d.fence = f AND d.state IN ('building', 'canceling')
	RETURNING d.state
$$;
COMMENT ON FUNCTION build_crashed(text, bigint) IS
    'Back to the queue, and one attempt less is left; after the third it is the poison';

-- Builds whose builder is lost: back to the queue, later each time; after
-- three attempts they are the poison.
CREATE FUNCTION build_reap(grace interval)
RETURNS TABLE (id text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH lost AS (SELECT d.id FROM deployments d
		 WHERE d.state IN ('building', 'canceling')
		   AND d.lease_until + grace < clock_timestamp()
		   FOR UPDATE SKIP LOCKED)
	UPDATE deployments d SET
	    state = CASE WHEN d.state = 'canceling' THEN 'canceled'
	        WHEN d.attempt >= 3 THEN 'failed' ELSE 'queued' END,
	    error_code = CASE WHEN d.state = 'building' AND d.attempt >= 3 THEN 'builder_lost' END,
	    error = CASE WHEN d.state = 'building' AND d.attempt >= 3
	        THEN 'the builder was lost three times while building this' END,
	    finished_at = CASE WHEN d.state = 'canceling' OR d.attempt >= 3
	        THEN clock_timestamp() END,
	    not_before = clock_timestamp() + d.attempt * interval '5 seconds',
	    lease_owner = NULL, lease_until = NULL, step = NULL
	  FROM lost WHERE d.id = lost.id
	RETURNING d.id, d.state
$$;
COMMENT ON FUNCTION build_reap(interval) IS 'Takes builds from builders that are gone';

GRANT EXECUTE ON FUNCTION build_claim(text, interval),
    build_renew(text[], bigint[], interval),
    build_progress(text, bigint, text, text, text, text, text, text),
    build_log(text, bigint, bigint, double precision[], text[], text[], text[]),
    build_ready(text, bigint, text, int, bigint, jsonb),
    build_failed(text, bigint, text, text, jsonb), build_canceled(text, bigint),
    build_release(text, bigint), build_crashed(text, bigint),
    build_reap(interval) TO slipway_build;
