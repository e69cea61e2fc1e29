-- What is to be told to others: written in the transaction that it tells of,
-- delivered at least once, by whichever builder comes first.

CREATE TABLE project_hooks (
	id text PRIMARY KEY DEFAULT new_id('hok'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	url text NOT NULL CHECK (length(url) BETWEEN 9 AND 2048 AND url LIKE 'https://%'),
	events text NOT NULL DEFAULT 'all' CHECK (events IN ('all', 'ended', 'ready', 'failed')),
	sealed bytea NOT NULL CHECK (length(sealed) <= 1000),
	created_at timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
CREATE INDEX project_hooks_project ON project_hooks (project_id);
COMMENT ON TABLE project_hooks IS 'Who is told what becomes of a project''s deployments';
COMMENT ON COLUMN project_hooks.id IS 'hok_ and twelve random characters';
COMMENT ON COLUMN project_hooks.team_id IS 'Who owns it';
COMMENT ON COLUMN project_hooks.project_id IS 'Whose deployments';
COMMENT ON COLUMN project_hooks.url IS 'Where the notice is posted; https alone';
COMMENT ON COLUMN project_hooks.events IS 'Of which states: all; ended: ready, failed, canceled and superseded; ready; or failed';
COMMENT ON COLUMN project_hooks.sealed IS 'The secret that signs; sealed for its project, the target hook and its id as the name';
COMMENT ON COLUMN project_hooks.created_at IS 'When it was made';

CREATE TABLE outbox (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	key text NOT NULL UNIQUE DEFAULT new_id('evt'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	hook_id text NOT NULL REFERENCES project_hooks ON DELETE CASCADE,
	deployment_id text NOT NULL REFERENCES deployments ON DELETE CASCADE,
	state text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	attempt int NOT NULL DEFAULT 0,
	next_at timestamptz DEFAULT now(),
	delivered_at timestamptz,
	gave_up_at timestamptz,
	answer text CHECK (length(answer) <= 200)
) WITH (fillfactor = 80);
CREATE INDEX outbox_due ON outbox (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX outbox_hook ON outbox (hook_id, id);
CREATE INDEX outbox_deployment ON outbox (deployment_id);
CREATE INDEX outbox_over ON outbox (created_at) WHERE next_at IS NULL;
COMMENT ON TABLE outbox IS 'Notices to be delivered, and what became of those of the last week';
COMMENT ON COLUMN outbox.id IS 'Order of events';
COMMENT ON COLUMN outbox.key IS 'evt_ and twelve random characters: the same in each attempt, so that a receiver knows a notice that it has';
COMMENT ON COLUMN outbox.team_id IS 'Who owns it';
COMMENT ON COLUMN outbox.hook_id IS 'Whom it is for';
COMMENT ON COLUMN outbox.deployment_id IS 'What it tells of';
COMMENT ON COLUMN outbox.state IS 'The state which that deployment got';
COMMENT ON COLUMN outbox.created_at IS 'When that was';
COMMENT ON COLUMN outbox.attempt IS 'How often it was tried';
COMMENT ON COLUMN outbox.next_at IS 'When it is tried next; null: never again';
COMMENT ON COLUMN outbox.delivered_at IS 'When the receiver took it';
COMMENT ON COLUMN outbox.gave_up_at IS 'When it was too old to be tried again';
COMMENT ON COLUMN outbox.answer IS 'What came of the last attempt';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['project_hooks', 'outbox'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY look ON %I FOR SELECT TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(1))::text[]))', t);
	END LOOP;
END
$$;
CREATE POLICY make ON project_hooks FOR INSERT TO slipway_api
    WITH CHECK (team_id = ANY ((SELECT my_teams(2))::text[]));
CREATE POLICY remove ON project_hooks FOR DELETE TO slipway_api
    USING (team_id = ANY ((SELECT my_teams(2))::text[]));
GRANT SELECT (id, team_id, project_id, url, events, created_at), INSERT, DELETE
    ON project_hooks TO slipway_api;
GRANT SELECT ON outbox TO slipway_api;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON project_hooks
    FOR EACH ROW EXECUTE FUNCTION audit();

CREATE FUNCTION outbox_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	INSERT INTO outbox (team_id, hook_id, deployment_id, state)
	SELECT h.team_id, h.id, NEW.id, NEW.state FROM project_hooks h
	 WHERE h.project_id = NEW.project_id AND CASE h.events WHEN 'all' THEN true
	    WHEN 'ended' THEN NEW.state IN ('ready', 'failed', 'canceled', 'superseded')
	    ELSE NEW.state = h.events END;
	IF FOUND THEN
		PERFORM pg_notify('slipway_outbox', '');
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION outbox_write() IS 'Puts into the outbox what hooks are to hear of a deployment';
CREATE TRIGGER tell_new AFTER INSERT ON deployments
    FOR EACH ROW EXECUTE FUNCTION outbox_write();
CREATE TRIGGER tell AFTER UPDATE OF state ON deployments
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION outbox_write();

-- What is due, for one builder: until the next attempt is due it is its alone.
-- The pause doubles, from a minute, and is shaken so that not all come at once.
CREATE FUNCTION outbox_take(n int, prefix text, suffix text)
RETURNS TABLE (id bigint, attempt int, key text, project text, hook text, url text, sealed bytea, body text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH due AS (SELECT o.id FROM outbox o
		 WHERE o.next_at <= clock_timestamp()
		 ORDER BY o.next_at LIMIT n FOR UPDATE SKIP LOCKED),
	taken AS (UPDATE outbox o SET attempt = o.attempt + 1,
		    next_at = clock_timestamp()
			+ least(interval '1 minute' * 2 ^ least(o.attempt, 10), interval '3 hours')
			    * (0.75 + random() / 2)
		  FROM due WHERE o.id = due.id RETURNING o.*)
	SELECT o.id, o.attempt, o.key, h.project_id, h.id, h.url, h.sealed, json_build_object(
	    'event', 'deployment.' || o.state, 'id', o.key, 'deployment', d.id,
	    'project', p.slug, 'state', o.state,
	    'url', prefix || substr(d.id, 5) || '--' || p.slug || suffix,
	    'created_at', to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
	  FROM taken o JOIN project_hooks h ON h.id = o.hook_id
	  JOIN deployments d ON d.id = o.deployment_id JOIN projects p ON p.id = d.project_id
	 ORDER BY o.id
$$;
COMMENT ON FUNCTION outbox_take(int, text, text) IS 'Notices that are due, for the caller alone for a while';

CREATE FUNCTION outbox_done(o bigint, tried int, good boolean, said text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	UPDATE outbox SET answer = left(said, 200),
	    delivered_at = CASE WHEN good THEN clock_timestamp() END,
	    gave_up_at = CASE WHEN NOT good AND next_at > created_at + interval '1 day'
	        THEN clock_timestamp() END,
	    next_at = CASE WHEN NOT good AND next_at <= created_at + interval '1 day' THEN next_at END
	 WHERE id = o AND attempt = tried AND delivered_at IS NULL
	RETURNING CASE WHEN good THEN 'delivered' WHEN next_at IS NULL THEN 'given up' ELSE 'later' END
$$;
COMMENT ON FUNCTION outbox_done(bigint, int, boolean, text) IS
    'What came of an attempt; no row if another has it meanwhile';

CREATE FUNCTION outbox_wait() RETURNS double precision
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH old AS (DELETE FROM outbox o WHERE o.id IN (SELECT x.id FROM outbox x
	    WHERE x.next_at IS NULL AND x.created_at < now() - interval '7 days' LIMIT 1000))
	SELECT greatest(extract(epoch FROM min(next_at) - clock_timestamp()), 0) FROM outbox
	 WHERE next_at IS NOT NULL
$$;
COMMENT ON FUNCTION outbox_wait() IS 'Seconds until something is due, or null; old notices are forgotten';
GRANT EXECUTE ON FUNCTION outbox_take(int, text, text), outbox_done(bigint, int, boolean, text),
    outbox_wait() TO slipway_build;

CREATE VIEW admin.deliveries AS
SELECT o.key, t.slug AS team, p.slug AS project, h.url, o.state, o.deployment_id,
       now() - o.created_at AS age, o.attempt,
       CASE WHEN o.delivered_at IS NOT NULL THEN 'delivered'
	    WHEN o.gave_up_at IS NOT NULL THEN 'given up' ELSE 'waits' END AS fate,
       o.next_at - now() AS next, o.answer
  FROM outbox o JOIN project_hooks h ON h.id = o.hook_id
  JOIN projects p ON p.id = h.project_id JOIN teams t ON t.id = o.team_id
 ORDER BY o.id DESC;
COMMENT ON VIEW admin.deliveries IS 'Notices to projects'' hooks, and what came of them';
