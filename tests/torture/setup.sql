-- The teams of a torture run, and a log of what became of their deployments:
-- written in the transactions themselves, so that what was rolled back is not
-- in it, and in their order where they wait for one another.
CREATE SCHEMA torture;
CREATE TABLE torture.log (n bigserial PRIMARY KEY, line text NOT NULL);

CREATE FUNCTION torture.deployment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	INSERT INTO torture.log (line) VALUES (concat_ws(' ', 'deployment', NEW.id,
	    NEW.project_id, NEW.team_id, NEW.seq, NEW.target, NEW.state, NEW.fence,
	    NEW.attempt, coalesce(NEW.manifest, '-'), session_user));
	RETURN NULL;
END
$$;
CREATE TRIGGER torture_made AFTER INSERT ON deployments
    FOR EACH ROW EXECUTE FUNCTION torture.deployment();
CREATE TRIGGER torture AFTER UPDATE ON deployments FOR EACH ROW
    WHEN ((OLD.state, OLD.fence, OLD.manifest) IS DISTINCT FROM (NEW.state, NEW.fence, NEW.manifest))
    EXECUTE FUNCTION torture.deployment();

CREATE FUNCTION torture.live() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	INSERT INTO torture.log (line) VALUES (concat_ws(' ', 'live', NEW.id,
	    coalesce(NEW.live_deployment, '-'),
	    coalesce((SELECT seq FROM deployments WHERE id = NEW.live_deployment), 0),
	    session_user));
	RETURN NULL;
END
$$;
CREATE TRIGGER torture AFTER UPDATE ON projects FOR EACH ROW
    WHEN (OLD.live_deployment IS DISTINCT FROM NEW.live_deployment)
    EXECUTE FUNCTION torture.live();

DO $$
DECLARE
	a record;
	i int;
	k int;
BEGIN
	FOR i IN 1..5 LOOP
		SELECT * INTO a FROM account_create('t' || i || '@example.org', 'T' || i, 'x', 't' || i);
		UPDATE teams SET max_running = 2 + i, weight = 1 + i % 2 WHERE id = a.team_id;
		PERFORM session_start(a.user_id, sha256(('s' || i)::bytea), interval '30 days', '::1', 'torture');
		FOR k IN 1..3 LOOP
			INSERT INTO projects (team_id, slug, max_running, branch)
			VALUES (a.team_id, 't' || i || '-p' || k, 1 + (k % 2), 'main');
		END LOOP;
	END LOOP;
END
$$;
UPDATE projects SET repo = :'repo';
