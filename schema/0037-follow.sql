-- Transactions that notify end one after the other, each with its own wait for the
-- disk.  So none does that somebody waits for and nobody may hear: lines are told of
-- while somebody reads along, which the API says with slipway_follow and the
-- deployment; and whoever ends a build tells of that afterwards.

DROP FUNCTION job.log(text, bigint, bytea, bigint, double precision[], text[], text[], text[], json[]);
-- As in 0031.
CREATE FUNCTION job.log(deployment text, f bigint, secret bytea, first bigint,
    ats double precision[], steps text[], streams text[], lines text[], hues json[],
    tell boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t text;
BEGIN
	-- Whose secret it is, as in build_own().
	SELECT d.team_id INTO t FROM deployments d
	 WHERE d.id = deployment AND d.fence = f AND d.key_hash = sha256(secret)
	   AND d.state IN ('building', 'canceling');
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO build_logs (deployment_id, fence, seq, team_id, at, step, stream, line, colours)
	SELECT deployment, f, first + n - 1, t, to_timestamp(a), s, o, l, h
	  FROM unnest(ats, steps, streams, lines, hues) WITH ORDINALITY AS x (a, s, o, l, h, n)
	ON CONFLICT DO NOTHING;
	IF tell THEN
		PERFORM pg_notify('slipway_log', deployment);
	END IF;
	RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION job.log(text, bigint, bytea, bigint, double precision[], text[], text[], text[], json[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION job.log(text, bigint, bytea, bigint, double precision[], text[], text[], text[], json[], boolean) TO slipway_build;
COMMENT ON FUNCTION job.log(text, bigint, bytea, bigint, double precision[], text[], text[], text[], json[], boolean) IS
    'Adds lines, the first of which has that number, and may tell of it; false if the build is no longer this builder''s';

-- As in 0010.
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
	-- Of a build that begins its first line tells soon enough.
	IF NEW.state <> 'building'
	    AND (NEW.state NOT IN ('failed', 'canceled') OR OLD.state = 'queued') THEN
		PERFORM pg_notify('slipway_log', NEW.id);
	END IF;
	RETURN NULL;
END
$$;
