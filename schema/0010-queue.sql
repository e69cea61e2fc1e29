-- The queue for many teams, many projects and many builders.

-- Every way that a deployment may go; builderd(8) prints the same lines, and a
-- trigger lets nothing else happen, whoever asks for it.
CREATE TABLE deployment_transitions (
	from_state text NOT NULL,
	to_state text NOT NULL,
	why text NOT NULL,
	PRIMARY KEY (from_state, to_state)
);
COMMENT ON TABLE deployment_transitions IS 'Every way that a deployment may go';
COMMENT ON COLUMN deployment_transitions.from_state IS 'The state it has; new: it is not there yet';
COMMENT ON COLUMN deployment_transitions.to_state IS 'The state it gets';
COMMENT ON COLUMN deployment_transitions.why IS 'When that happens';
INSERT INTO deployment_transitions VALUES
	('new', 'queued', 'somebody asks for it'),
	('new', 'ready', 'an operator brings it from elsewhere'),
	('new', 'failed', 'an operator brings it from elsewhere'),
	('queued', 'building', 'a builder claims it'),
	('queued', 'superseded', 'a newer one of its branch is asked for'),
	('queued', 'canceled', 'somebody cancels it'),
	('building', 'ready', 'it is published'),
	('building', 'failed', 'it cannot be built, or its builder was lost three times'),
	('building', 'queued', 'its builder was lost, or stops'),
	('building', 'canceled', 'its ignore command says that there is nothing to build'),
	('building', 'canceling', 'somebody cancels it, or a newer one of its branch is asked for'),
	('canceling', 'canceled', 'no process of it is left'),
	('canceling', 'ready', 'it was published before its builder heard of it');

-- What runs has a slot of its team and one of its project, whose numbers are
-- at most what they may run: that no more do is a matter of two indexes.
ALTER TABLE deployments
	ADD team_slot int CHECK (team_slot >= 1),
	ADD project_slot int CHECK (project_slot >= 1),
	ADD asked text NOT NULL DEFAULT '' CHECK (length(asked) <= 250),
	ADD CONSTRAINT deployments_attempt_check CHECK (attempt BETWEEN 0 AND 3);
COMMENT ON COLUMN deployments.team_slot IS 'Which of its team''s max_running it is, while it runs';
COMMENT ON COLUMN deployments.project_slot IS 'Which of its project''s max_running it is, while it runs';
COMMENT ON COLUMN deployments.asked IS 'The ref as it was asked for; empty: the default branch, whatever it is';
COMMENT ON COLUMN deployments.state IS 'Where it is; deployment_transitions has the ways';
UPDATE deployments d SET asked = ref,
    team_slot = CASE WHEN r.t IS NOT NULL THEN r.t END, project_slot = r.p
  FROM (SELECT id, CASE WHEN state IN ('building', 'canceling') THEN
	    row_number() OVER (PARTITION BY team_id, state IN ('building', 'canceling')) END AS t,
	    CASE WHEN state IN ('building', 'canceling') THEN
	    row_number() OVER (PARTITION BY project_id, state IN ('building', 'canceling')) END AS p
	  FROM deployments) r
 WHERE r.id = d.id;
ALTER TABLE deployments ADD CONSTRAINT deployments_slots_check
    CHECK ((state IN ('building', 'canceling')) = (team_slot IS NOT NULL)
       AND (state IN ('building', 'canceling')) = (project_slot IS NOT NULL));
CREATE UNIQUE INDEX deployments_team_slot ON deployments (team_id, team_slot)
    WHERE state IN ('building', 'canceling');
CREATE UNIQUE INDEX deployments_project_slot ON deployments (project_id, project_slot)
    WHERE state IN ('building', 'canceling');
-- Each team's next is the first entry of one of these.
CREATE INDEX deployments_production ON deployments (team_id, created_at, seq)
    WHERE state = 'queued' AND target = 'production';
CREATE INDEX deployments_preview ON deployments (team_id, created_at, seq)
    WHERE state = 'queued' AND target <> 'production';
CREATE INDEX deployments_waiting ON deployments (project_id) WHERE state = 'queued';
-- A lease that is renewed changes no index this way.
DROP INDEX deployments_running, deployments_queued;
-- The unique index on the same columns can be read backwards.
DROP INDEX deployments_list;
ALTER TABLE deployments SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000);

-- Whose turn it is.  A row is locked by whoever queues something of the team,
-- takes something out of the queue or claims: so what it says is exact, and a
-- claim counts what is.  Nobody who holds one waits for a deployment's row.
CREATE TABLE turns (
	team_id text PRIMARY KEY REFERENCES teams ON DELETE CASCADE,
	vtime bigint NOT NULL DEFAULT 0,
	production boolean NOT NULL DEFAULT false,
	preview_since timestamptz
) WITH (fillfactor = 50);
ALTER TABLE turns ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON turns FOR SELECT TO slipway_api
    USING (team_id = ANY ((SELECT my_teams(1))::text[]));
GRANT SELECT ON turns TO slipway_api;
CREATE INDEX turns_waiting ON turns (team_id) WHERE production OR preview_since IS NOT NULL;
COMMENT ON TABLE turns IS 'Which teams wait for a builder, and whose turn it is';
COMMENT ON COLUMN turns.team_id IS 'The team';
COMMENT ON COLUMN turns.vtime IS 'Virtual time used so far: a build costs 1000000 by the weight of the team; the least is next';
COMMENT ON COLUMN turns.production IS 'A production deployment of it is queued';
COMMENT ON COLUMN turns.preview_since IS 'Since when the oldest of its queued previews waits';
CREATE SEQUENCE turn_clock;
COMMENT ON SEQUENCE turn_clock IS 'Virtual time of the newest claim: a team that had nothing to build begins there, and has saved up nothing';
ALTER TABLE teams DROP COLUMN vtime CASCADE;
COMMENT ON COLUMN teams.weight IS 'Its share of the builders beside other teams';

CREATE TABLE builders (
	id text PRIMARY KEY CHECK (length(id) <= 200),
	slots int NOT NULL CHECK (slots BETWEEN 1 AND 10000),
	started_at timestamptz NOT NULL DEFAULT now(),
	seen_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE builders IS 'Who builds; one that was not seen for 30 seconds counts as gone';
COMMENT ON COLUMN builders.id IS 'host:pid, which is how lease_owner begins';
COMMENT ON COLUMN builders.slots IS 'How many builds it runs at once';
COMMENT ON COLUMN builders.started_at IS 'Since when';
COMMENT ON COLUMN builders.seen_at IS 'When it last said that it is there';

-- Counters for whoever watches: never less than they were.
CREATE TABLE queue_counts (
	team_id text PRIMARY KEY REFERENCES teams ON DELETE CASCADE,
	ready bigint NOT NULL DEFAULT 0,
	failed bigint NOT NULL DEFAULT 0,
	canceled bigint NOT NULL DEFAULT 0,
	lost bigint NOT NULL DEFAULT 0,
	attempts bigint NOT NULL DEFAULT 0,
	waited bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[9]),
	ran bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[9]),
	waited_seconds double precision NOT NULL DEFAULT 0,
	ran_seconds double precision NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
ALTER TABLE queue_counts ENABLE ROW LEVEL SECURITY;
CREATE POLICY look ON queue_counts FOR SELECT TO slipway_api
    USING (team_id = ANY ((SELECT my_teams(1))::text[]));
GRANT SELECT ON queue_counts TO slipway_api;
COMMENT ON TABLE queue_counts IS 'What became of each team''s builds';
COMMENT ON COLUMN queue_counts.team_id IS 'The team';
COMMENT ON COLUMN queue_counts.ready IS 'Builds that were published';
COMMENT ON COLUMN queue_counts.failed IS 'Builds that failed';
COMMENT ON COLUMN queue_counts.canceled IS 'Builds that were begun and cancelled';
COMMENT ON COLUMN queue_counts.lost IS 'Leases that ran out, and processes that died';
COMMENT ON COLUMN queue_counts.attempts IS 'Claims that the builds took which have ended';
COMMENT ON COLUMN queue_counts.waited IS 'How many waited at most as long as queue_bounds() says';
COMMENT ON COLUMN queue_counts.ran IS 'How many ran at most as long as queue_bounds() says';
COMMENT ON COLUMN queue_counts.waited_seconds IS 'How long they waited together, from the question to the last claim';
COMMENT ON COLUMN queue_counts.ran_seconds IS 'How long they ran together, in their last attempts';

CREATE FUNCTION queue_bounds() RETURNS double precision[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT ARRAY[1, 3, 10, 30, 60, 300, 900, 3600]::double precision[] $$;
COMMENT ON FUNCTION queue_bounds() IS 'Seconds that queue_counts divides waiting and running by';

CREATE FUNCTION queue_count(d deployments) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	w double precision := greatest(extract(epoch FROM d.started_at - d.created_at), 0);
	r double precision := greatest(extract(epoch FROM d.finished_at - d.started_at), 0);
	wi int := 1 + width_bucket(w, queue_bounds());
	ri int := 1 + width_bucket(r, queue_bounds());
BEGIN
	LOOP
		UPDATE queue_counts SET
		    ready = ready + (d.state = 'ready')::int,
		    failed = failed + (d.state = 'failed')::int,
		    canceled = canceled + (d.state = 'canceled')::int,
		    attempts = attempts + d.attempt,
		    waited[wi] = waited[wi] + 1, ran[ri] = ran[ri] + 1,
		    waited_seconds = waited_seconds + w, ran_seconds = ran_seconds + r
		 WHERE team_id = d.team_id;
		EXIT WHEN FOUND;
		INSERT INTO queue_counts (team_id) VALUES (d.team_id) ON CONFLICT DO NOTHING;
	END LOOP;
END
$$;
COMMENT ON FUNCTION queue_count(deployments) IS 'Counts a build that has ended';

-- Before a row changes its state: is that a way there is?  What comes with a
-- state is here and nowhere else: slots, the end of a lease, the time of the end.
CREATE FUNCTION deployment_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	was text := CASE TG_OP WHEN 'INSERT' THEN 'new' ELSE OLD.state END;
BEGIN
	IF was = NEW.state THEN
		RETURN NEW;
	END IF;
	IF NOT EXISTS (SELECT FROM deployment_transitions t
	    WHERE t.from_state = was AND t.to_state = NEW.state) THEN
		RAISE EXCEPTION 'a deployment that is % does not become %', was, NEW.state
		    USING ERRCODE = 'SW409';
	END IF;
	IF NEW.state = 'building' THEN
		SELECT n INTO NEW.team_slot
		  FROM teams t, generate_series(1, t.max_running) n
		 WHERE t.id = NEW.team_id AND NOT EXISTS (SELECT FROM deployments r
		    WHERE r.team_id = NEW.team_id AND r.team_slot = n
		      AND r.state IN ('building', 'canceling'))
		 LIMIT 1;
		SELECT n INTO NEW.project_slot
		  FROM projects p, generate_series(1, p.max_running) n
		 WHERE p.id = NEW.project_id AND NOT EXISTS (SELECT FROM deployments r
		    WHERE r.project_id = NEW.project_id AND r.project_slot = n
		      AND r.state IN ('building', 'canceling'))
		 LIMIT 1;
		IF NEW.team_slot IS NULL OR NEW.project_slot IS NULL THEN
			RAISE EXCEPTION 'as many run as its team or project may'
			    USING ERRCODE = 'SW409';
		END IF;
		NEW.started_at := clock_timestamp();
		NEW.step := NULL;
	ELSIF NEW.state <> 'canceling' THEN
		NEW.lease_owner := NULL;
		NEW.lease_until := NULL;
		NEW.team_slot := NULL;
		NEW.project_slot := NULL;
		NEW.step := NULL;
		IF NEW.state <> 'queued' THEN
			NEW.finished_at := coalesce(NEW.finished_at, clock_timestamp());
		END IF;
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION deployment_step() IS 'Lets a deployment go the ways of deployment_transitions, and no other';
CREATE TRIGGER step BEFORE INSERT OR UPDATE OF state ON deployments
    FOR EACH ROW EXECUTE FUNCTION deployment_step();

CREATE FUNCTION turn_note(team text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	PERFORM FROM turns WHERE team_id = team FOR NO KEY UPDATE;
	UPDATE turns SET
	    production = EXISTS (SELECT FROM deployments q WHERE q.team_id = team
	        AND q.state = 'queued' AND q.target = 'production'),
	    preview_since = (SELECT min(q.created_at) FROM deployments q
	        WHERE q.team_id = team AND q.state = 'queued' AND q.target <> 'production')
	 WHERE team_id = team;
END
$$;
COMMENT ON FUNCTION turn_note(text) IS 'Notes what of a team is still queued';

-- As in 0005, and it keeps the turns.
CREATE OR REPLACE FUNCTION ring_deployment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM pg_notify('slipway_serve', slug) FROM projects WHERE id = OLD.project_id;
		IF OLD.state = 'queued' THEN
			PERFORM turn_note(OLD.team_id);
		END IF;
		RETURN NULL;
	END IF;
	IF NEW.state = 'queued' THEN
		INSERT INTO turns AS t (team_id, production, preview_since)
		VALUES (NEW.team_id, NEW.target = 'production',
		    CASE WHEN NEW.target <> 'production' THEN NEW.created_at END)
		ON CONFLICT (team_id) DO UPDATE SET
		    production = t.production OR excluded.production,
		    preview_since = least(t.preview_since, excluded.preview_since)
		 WHERE (excluded.production AND NOT t.production)
		    OR excluded.preview_since < coalesce(t.preview_since, 'infinity');
		PERFORM pg_notify('slipway_queue', '');
	ELSIF NEW.state = 'canceling' THEN
		PERFORM pg_notify('slipway_cancel', NEW.id);
	ELSIF NEW.state = 'ready' THEN
		PERFORM pg_notify('slipway_serve', slug) FROM projects WHERE id = NEW.project_id;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		IF OLD.state = 'queued' AND NEW.state IN ('superseded', 'canceled') THEN
			PERFORM turn_note(NEW.team_id);
		ELSIF OLD.state IN ('building', 'canceling')
		    AND NEW.state IN ('ready', 'failed', 'canceled') THEN
			PERFORM queue_count(NEW);
		END IF;
	END IF;
	-- Transactions that notify end one after the other, and of a build that
	-- begins its first line tells soon enough.
	IF NEW.state <> 'building' THEN
		PERFORM pg_notify('slipway_log', NEW.id);
	END IF;
	RETURN NULL;
END
$$;
INSERT INTO turns (team_id, production, preview_since)
SELECT team_id, bool_or(target = 'production'), min(created_at) FILTER (WHERE target <> 'production')
  FROM deployments WHERE state = 'queued' GROUP BY team_id;

-- Asks for a build.  In the same transaction older ones of the same branch are
-- ended: those that nobody has begun, for whoever pushed again wants the new;
-- those that run as the project has it, previews alone unless told otherwise.
CREATE OR REPLACE FUNCTION deployment_create(project text, p_target text, p_source text,
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
	r text;
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
	r := CASE WHEN p_ref_kind = 'branch' THEN b ELSE p_ref END;
	-- First the old, then the new: rows of deployments before the turn.
	IF p_source = 'git' THEN
		UPDATE deployments x SET
		    state = CASE x.state WHEN 'queued' THEN 'superseded' ELSE 'canceling' END,
		    error_code = 'superseded',
		    error = 'a newer deployment of the same branch was asked for'
		 WHERE x.project_id = p.id AND x.source = 'git' AND x.target = p_target
		   AND x.ref_kind = p_ref_kind AND (x.ref = r OR x.asked = r)
		   AND (x.state = 'queued' OR x.state = 'building' AND (p.cancel_running = 'always'
		       OR p.cancel_running = 'auto' AND x.target <> 'production'));
	END IF;
	INSERT INTO deployments (team_id, project_id, seq, target, source, repo, ref,
	    asked, ref_kind, branch_label, commit_sha, upload_id, created_by)
	VALUES (p.team_id, p.id, p.next_seq - 1, p_target, p_source,
	    CASE WHEN p_source = 'git' THEN coalesce(o.repo, p.repo) END,
	    r, r, p_ref_kind,
	    CASE WHEN b = '' THEN '' ELSE branch_label(b, p.slug) END,
	    o.commit_sha, upload, me())
	RETURNING id INTO d;
	RETURN d;
END
$$;

CREATE OR REPLACE FUNCTION deployment_cancel(deployment text) RETURNS text
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
		UPDATE deployments SET state = 'canceled' WHERE id = d.id;
		RETURN 'canceled';
	ELSIF d.state IN ('building', 'canceling') THEN
		UPDATE deployments SET state = 'canceling' WHERE id = d.id AND state = 'building';
		RETURN 'canceling';
	END IF;
	RAISE EXCEPTION 'it is % already', d.state USING ERRCODE = 'SW409';
END
$$;

-- Of all slots of all builders one is kept for production, unless there is one
-- alone.  Only near the end is it counted exactly, one claim after the other:
-- a builder has one claim at a time under way.
CREATE FUNCTION preview_room() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	b int;
	s int;
	n int;
BEGIN
	SELECT count(*), coalesce(sum(slots), 0) INTO b, s FROM builders
	 WHERE seen_at > clock_timestamp() - interval '30 seconds';
	IF s < 2 THEN
		RETURN true;
	END IF;
	SELECT count(*) INTO n FROM deployments
	 WHERE state IN ('building', 'canceling') AND target <> 'production';
	IF n >= s - 1 - b THEN
		PERFORM pg_advisory_xact_lock(hashtext('slipway.preview_room'));
		SELECT count(*) INTO n FROM deployments
		 WHERE state IN ('building', 'canceling') AND target <> 'production';
	END IF;
	RETURN n < s - 1;
END
$$;
COMMENT ON FUNCTION preview_room() IS 'May one more preview be built, and a slot be left for production?';

-- What of a team is to be built next: production, or a preview that waited ten
-- minutes, whichever is older; then other previews.
CREATE FUNCTION turn_next(team text, urgent boolean, room boolean) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	n bigint;
	busy text[] := '{}';
	pro record;
	pre record;
BEGIN
	SELECT count(*) INTO n FROM deployments r
	 WHERE r.team_id = team AND r.state IN ('building', 'canceling');
	IF n >= (SELECT CASE WHEN t.suspended_at IS NULL THEN t.max_running ELSE 0 END
	    FROM teams t WHERE t.id = team) THEN
		RETURN NULL;
	ELSIF n > 0 THEN
		busy := ARRAY(SELECT p.id FROM deployments r JOIN projects p ON p.id = r.project_id
		    WHERE r.team_id = team AND r.state IN ('building', 'canceling')
		    GROUP BY p.id HAVING count(*) >= p.max_running);
	END IF;
	SELECT q.id, q.created_at INTO pro FROM deployments q
	 WHERE q.team_id = team AND q.state = 'queued' AND q.target = 'production'
	   AND q.not_before <= clock_timestamp() AND q.project_id <> ALL (busy)
	 ORDER BY q.created_at, q.seq LIMIT 1;
	IF room THEN
		SELECT q.id, q.created_at INTO pre FROM deployments q
		 WHERE q.team_id = team AND q.state = 'queued' AND q.target <> 'production'
		   AND q.not_before <= clock_timestamp() AND q.project_id <> ALL (busy)
		   AND (NOT urgent OR q.created_at < now() - interval '10 minutes')
		 ORDER BY q.created_at, q.seq LIMIT 1;
		IF pre.id IS NOT NULL AND (pro.id IS NULL
		    OR pre.created_at < least(pro.created_at, now() - interval '10 minutes')) THEN
			RETURN pre.id;
		END IF;
	END IF;
	RETURN pro.id;
END
$$;
COMMENT ON FUNCTION turn_next(text, boolean, boolean) IS
    'What of a team is to be built next: urgent alone, and with room for a preview; or null';

-- Takes it, if nobody else is at this team: 'busy' says that somebody is.
-- What was locked in vain is let go at once.
CREATE FUNCTION turn_take(team text, urgent boolean, room boolean, wait boolean,
    who text, lease interval) RETURNS text
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
	    fence = nextval('fence_seq'), lease_owner = who,
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
COMMENT ON FUNCTION turn_take(text, boolean, boolean, boolean, text, interval) IS
    'Claims what a team has next; null if it has nothing, busy if another builder is there';

-- Takes the next build: of the teams with something urgent first, then of all,
-- that which used least.  Builders that come at once go to different teams;
-- one that finds somebody everywhere waits, for else a slot would stay empty.
DROP FUNCTION build_claim(text, interval);
CREATE FUNCTION build_claim(who text, lease interval)
RETURNS TABLE (id text, fence bigint, attempt int, slug text)
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
				d := turn_take(t, pressing, room, false, who, lease);
				EXIT WHEN d <> 'busy';
				IF d = 'busy' THEN
					busy := coalesce(busy, t);
					d := NULL;
				END IF;
			END LOOP;
			EXIT WHEN d IS NOT NULL;
		END LOOP;
		IF d IS NULL AND busy IS NOT NULL THEN
			d := nullif(turn_take(busy, false, room, true, who, lease), 'busy');
		END IF;
		EXIT WHEN d IS NOT NULL OR busy IS NULL;
	END LOOP;
	RETURN QUERY SELECT x.id, x.fence, x.attempt, p.slug
	  FROM deployments x JOIN projects p ON p.id = x.project_id WHERE x.id = d;
END
$$;
COMMENT ON FUNCTION build_claim(text, interval) IS
    'The next build for this builder, leased; no row if there is none';

-- The end of a build that is not published:
--	failed		it cannot be built: code and why say it; never tried again; with
--			the code 'ignored' there is nothing to build: it is canceled
--	canceled	its processes are gone
--	released	its builder stops; that is no attempt
--	lost		its builder, or its process, is gone without a word
-- One that was being cancelled is canceled, whatever else befell it.  Asked
-- again after a lost answer, it says what it said before; null: not yours.
CREATE FUNCTION build_end(deployment text, f bigint, outcome text, code text DEFAULT NULL,
    said text DEFAULT NULL, p_timings jsonb DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
	becomes text;
BEGIN
	SELECT * INTO d FROM deployments WHERE id = deployment AND fence = f FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN NULL;
	ELSIF d.state NOT IN ('building', 'canceling') THEN
		RETURN d.state;
	END IF;
	IF outcome = 'lost' AND d.attempt >= 3 THEN
		code := 'builder_lost';
		said := 'the builder was lost three times while building this';
	END IF;
	becomes := CASE WHEN d.state = 'canceling' THEN 'canceled'
	    WHEN outcome = 'failed' AND code = 'ignored' THEN 'canceled'
	    WHEN outcome = 'failed' OR code = 'builder_lost' THEN 'failed'
	    WHEN outcome IN ('released', 'lost') THEN 'queued' END;
	IF becomes IS NULL THEN
		RAISE EXCEPTION '% is no end of what is %', outcome, d.state USING ERRCODE = 'SW409';
	END IF;
	UPDATE deployments x SET state = becomes,
	    attempt = greatest(x.attempt - (outcome = 'released')::int, 0),
	    error_code = CASE WHEN d.state = 'building' THEN left(code, 40) ELSE x.error_code END,
	    error = CASE WHEN d.state = 'building' THEN left(said, 2000) ELSE x.error END,
	    timings = coalesce(p_timings, x.timings),
	    not_before = CASE WHEN outcome = 'lost' AND becomes = 'queued'
	        THEN clock_timestamp() + interval '2 seconds' * 2 ^ x.attempt ELSE x.not_before END
	 WHERE x.id = d.id;
	IF outcome = 'lost' THEN
		INSERT INTO queue_counts AS c (team_id, lost) VALUES (d.team_id, 1)
		ON CONFLICT (team_id) DO UPDATE SET lost = c.lost + 1;
	END IF;
	RETURN becomes;
END
$$;
COMMENT ON FUNCTION build_end(text, bigint, text, text, text, jsonb) IS
    'Ends a build that is not published, and answers its new state; null if it is not yours';
DROP FUNCTION build_failed(text, bigint, text, text, jsonb), build_canceled(text, bigint),
    build_release(text, bigint), build_crashed(text, bigint);

-- Builds whose builder is lost.  One reaper at a time is enough.
CREATE OR REPLACE FUNCTION build_reap(grace interval)
RETURNS TABLE (id text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	d record;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtext('slipway.reap')) THEN
		RETURN;
	END IF;
	DELETE FROM builders b WHERE b.seen_at < clock_timestamp() - interval '1 hour';
	FOR d IN SELECT x.id, x.fence FROM deployments x
		 WHERE x.state IN ('building', 'canceling')
		   AND x.lease_until + grace < clock_timestamp()
		   FOR NO KEY UPDATE SKIP LOCKED
	LOOP
		RETURN QUERY SELECT d.id, build_end(d.id, d.fence, 'lost');
	END LOOP;
END
$$;

-- The answer of a claim was lost, and nothing was begun: what that slot has is
-- given back.
CREATE FUNCTION build_unclaim(who text) RETURNS TABLE (id text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT d.id, build_end(d.id, d.fence, 'released') FROM deployments d
	 WHERE d.state IN ('building', 'canceling') AND d.lease_owner = who
$$;
COMMENT ON FUNCTION build_unclaim(text) IS 'Gives back what a slot claimed without knowing it';

CREATE FUNCTION builder_alive(who text, n int) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH gone AS (DELETE FROM builders WHERE id = who AND n = 0)
	INSERT INTO builders (id, slots) SELECT who, n WHERE n > 0
	ON CONFLICT (id) DO UPDATE SET slots = n, seen_at = clock_timestamp()
	RETURNING true
$$;
COMMENT ON FUNCTION builder_alive(text, int) IS 'A builder with so many slots is there; 0: it leaves';

-- As in 0005; the project's row is locked before what is ready is looked at,
-- so that of two that end at once the newer stays.
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

GRANT EXECUTE ON FUNCTION build_claim(text, interval), build_unclaim(text),
    build_end(text, bigint, text, text, text, jsonb), builder_alive(text, int) TO slipway_build;

-- For operators.
CREATE VIEW admin.queue AS
SELECT d.id, t.slug AS team, p.slug AS project, d.state, d.target, d.step,
       now() - d.created_at AS age, d.attempt, d.lease_owner,
       d.lease_until - now() AS lease_left, greatest(d.not_before - now(), '0') AS held_for
  FROM deployments d JOIN projects p ON p.id = d.project_id
  JOIN teams t ON t.id = d.team_id LEFT JOIN turns u ON u.team_id = d.team_id
 WHERE d.state IN ('queued', 'building', 'canceling')
 ORDER BY d.state, u.vtime, d.created_at;
COMMENT ON VIEW admin.queue IS 'What waits and what is being built';

CREATE VIEW admin.builders AS
SELECT b.id, b.slots,
       (SELECT count(*) FROM deployments d WHERE d.state IN ('building', 'canceling')
	   AND starts_with(d.lease_owner, b.id || ':')) AS busy,
       now() - b.started_at AS since, now() - b.seen_at AS seen,
       b.seen_at > now() - interval '30 seconds' AS alive
  FROM builders b ORDER BY b.id;
COMMENT ON VIEW admin.builders IS 'Who builds, and whether it is still there';

CREATE VIEW admin.waiting AS
WITH running AS (SELECT team_id, project_id, count(*) AS n,
	    count(*) FILTER (WHERE target <> 'production') AS previews
	  FROM deployments WHERE state IN ('building', 'canceling')
	 GROUP BY team_id, project_id),
     room AS (SELECT coalesce(sum(slots), 0) AS slots,
	    (SELECT coalesce(sum(n), 0) FROM running) AS busy,
	    (SELECT coalesce(sum(previews), 0) FROM running) AS previews
	  FROM builders WHERE seen_at > now() - interval '30 seconds')
SELECT d.id, t.slug AS team, p.slug AS project, d.target, now() - d.created_at AS age,
       d.attempt,
       CASE WHEN t.suspended_at IS NOT NULL THEN 'its team is suspended'
	    WHEN d.not_before > now() THEN 'held back after a lost builder'
	    WHEN (SELECT coalesce(sum(r.n), 0) FROM running r WHERE r.team_id = d.team_id)
		>= t.max_running THEN 'its team runs as many as it may'
	    WHEN (SELECT coalesce(sum(r.n), 0) FROM running r WHERE r.project_id = d.project_id)
		>= p.max_running THEN 'its project runs as many as it may'
	    WHEN room.slots = 0 THEN 'no builder is there'
	    WHEN room.busy >= room.slots THEN 'every slot is busy'
	    WHEN d.target <> 'production' AND room.slots > 1 AND room.previews >= room.slots - 1
		THEN 'the last slot is kept for production'
	    ELSE 'its turn is next' END AS why
  FROM room, deployments d JOIN projects p ON p.id = d.project_id
  JOIN teams t ON t.id = d.team_id
 WHERE d.state = 'queued'
 ORDER BY d.created_at;
COMMENT ON VIEW admin.waiting IS 'What waits, and what for';

CREATE VIEW admin.teams AS
SELECT t.slug AS team, count(d.id) FILTER (WHERE d.state = 'queued') AS queued,
       count(d.id) FILTER (WHERE d.state IN ('building', 'canceling')) AS running,
       t.max_running AS may_run, t.weight,
       date_trunc('second', max(now() - d.created_at) FILTER (WHERE d.state = 'queued')) AS oldest,
       t.suspended_at IS NOT NULL AS suspended
  FROM teams t LEFT JOIN deployments d ON d.team_id = t.id
   AND d.state IN ('queued', 'building', 'canceling')
 GROUP BY t.id ORDER BY queued DESC, running DESC, t.slug;
COMMENT ON VIEW admin.teams IS 'How much of each team waits and is built';

-- In the text format of Prometheus.  Of a team that is not theirs others than
-- the operator see what is in the sums.
CREATE FUNCTION queue_metrics(every boolean) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH open AS (SELECT t.slug, every OR t.id = ANY (my_teams(1)) AS seen, d.state, count(*) AS n
		  FROM deployments d JOIN teams t ON t.id = d.team_id
		 WHERE d.state IN ('queued', 'building', 'canceling') GROUP BY t.id, d.state),
	counts AS (SELECT t.slug, every OR t.id = ANY (my_teams(1)) AS seen, c.*
		  FROM queue_counts c JOIN teams t ON t.id = c.team_id),
	buckets AS (SELECT i, coalesce((queue_bounds())[i]::text, '+Inf') AS le,
		    coalesce(sum(waited[i]), 0) AS w, coalesce(sum(ran[i]), 0) AS r
		  FROM generate_series(1, 9) i LEFT JOIN counts ON true GROUP BY i),
	lines (family, type, help, n, line) AS (
		SELECT 'slipway_deployments', 'gauge', 'Deployments that are not finished.', 0,
		    format('slipway_deployments{state="%s"} %s', v.state,
			(SELECT coalesce(sum(o.n), 0) FROM open o WHERE o.state = v.state))
		  FROM (VALUES ('queued'), ('building'), ('canceling')) AS v (state)
		UNION ALL
		SELECT 'slipway_queue_depth', 'gauge', 'The same by team.', 0,
		    format('slipway_queue_depth{team="%s",state="%s"} %s', slug, state, n)
		  FROM open WHERE seen
		UNION ALL
		SELECT 'slipway_queue_oldest_seconds', 'gauge', 'How long the oldest deployment waits.', 0,
		    format('slipway_queue_oldest_seconds %s', (SELECT coalesce(
			extract(epoch FROM max(now() - created_at)), 0)
			FROM deployments WHERE state = 'queued'))
		UNION ALL
		SELECT 'slipway_builders', 'gauge', 'Builders that are there.', 0,
		    format('slipway_builders %s', (SELECT count(*) FROM builders
			WHERE seen_at > now() - interval '30 seconds'))
		UNION ALL
		SELECT 'slipway_build_slots', 'gauge', 'How many builds they run at once.', 0,
		    format('slipway_build_slots %s', (SELECT coalesce(sum(slots), 0) FROM builders
			WHERE seen_at > now() - interval '30 seconds'))
		UNION ALL
		SELECT 'slipway_builds_total', 'counter', 'Builds that ended.', 0,
		    format('slipway_builds_total{team="%s",state="%s"} %s', slug, s.key, s.value)
		  FROM counts, LATERAL (VALUES ('ready', ready), ('failed', failed),
		    ('canceled', canceled)) AS s (key, value) WHERE seen
		UNION ALL
		SELECT 'slipway_leases_lost_total', 'counter', 'Builders and their processes that were lost.', 0,
		    format('slipway_leases_lost_total{team="%s"} %s', slug, lost) FROM counts WHERE seen
		UNION ALL
		SELECT 'slipway_build_attempts_total', 'counter', 'Claims that the ended builds took.', 0,
		    format('slipway_build_attempts_total{team="%s"} %s', slug, attempts) FROM counts WHERE seen
		UNION ALL
		SELECT 'slipway_build_wait_seconds', 'histogram', 'From the question to the last claim.', i,
		    format('slipway_build_wait_seconds_bucket{le="%s"} %s', le, sum(w) OVER (ORDER BY i))
		  FROM buckets
		UNION ALL
		SELECT 'slipway_build_wait_seconds', 'histogram', 'From the question to the last claim.', 10,
		    format(E'slipway_build_wait_seconds_sum %s\nslipway_build_wait_seconds_count %s',
			(SELECT coalesce(sum(waited_seconds), 0) FROM counts), (SELECT sum(w) FROM buckets))
		UNION ALL
		SELECT 'slipway_build_run_seconds', 'histogram', 'From the last claim to the end.', i,
		    format('slipway_build_run_seconds_bucket{le="%s"} %s', le, sum(r) OVER (ORDER BY i))
		  FROM buckets
		UNION ALL
		SELECT 'slipway_build_run_seconds', 'histogram', 'From the last claim to the end.', 10,
		    format(E'slipway_build_run_seconds_sum %s\nslipway_build_run_seconds_count %s',
			(SELECT coalesce(sum(ran_seconds), 0) FROM counts), (SELECT sum(r) FROM buckets)))
	SELECT string_agg(format(E'# HELP %s %s\n# TYPE %s %s\n%s\n', family, help, family, type, body), ''
	    ORDER BY family)
	  FROM (SELECT family, help, type, string_agg(line, E'\n' ORDER BY n, line) AS body
		  FROM lines GROUP BY 1, 2, 3) x
$$;
COMMENT ON FUNCTION queue_metrics(boolean) IS
    'The queue as Prometheus reads it, by team for every team or those of whoever asks';
GRANT EXECUTE ON FUNCTION queue_metrics(boolean) TO slipway_api;
DROP FUNCTION queue_depth();
