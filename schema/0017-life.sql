-- The life of a deployment after it is ready: kept, pinned, deleted, brought
-- back, and in the end collected.

-- A deleted one is history: its row stays, its files go a day later.  Between
-- the two nothing is lost, and it may be brought back; collection says first
-- whose files it is about to take, and looks at what is kept afterwards.
ALTER TABLE deployments
	ADD deleted_at timestamptz,
	ADD collected_at timestamptz,
	ADD pinned boolean NOT NULL DEFAULT false,
	ADD CONSTRAINT deployments_deleted_check CHECK (deleted_at IS NULL OR state = 'ready'),
	ADD CONSTRAINT deployments_collected_check CHECK (collected_at IS NULL OR deleted_at IS NOT NULL),
	ADD CONSTRAINT deployments_pinned_check CHECK (NOT pinned OR (state = 'ready' AND deleted_at IS NULL));
COMMENT ON COLUMN deployments.deleted_at IS 'When it was deleted, by somebody or by its project''s retention; its host answers 410 from then on';
COMMENT ON COLUMN deployments.collected_at IS 'When collection began to take its files; it cannot be brought back any more';
COMMENT ON COLUMN deployments.pinned IS 'Neither retention nor anybody else deletes it until it is unpinned';
CREATE INDEX deployments_deleted ON deployments (deleted_at)
    WHERE deleted_at IS NOT NULL AND collected_at IS NULL;

-- What is shown is not deleted, and what is deleted is not shown, whoever asks
-- for it and whichever comes first: both lock the deployment's row.
CREATE FUNCTION deployment_life() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	label text;
BEGIN
	IF NEW.deleted_at IS NULL THEN
		IF OLD.collected_at IS NOT NULL THEN
			RAISE EXCEPTION 'its files are gone: redeploy it' USING ERRCODE = 'SW409';
		END IF;
		RETURN NEW;
	ELSIF OLD.deleted_at IS NOT NULL THEN
		RETURN NEW;
	ELSIF NEW.state IN ('queued', 'building', 'canceling') THEN
		RAISE EXCEPTION 'it is %: cancel it instead', NEW.state USING ERRCODE = 'SW409';
	ELSIF NEW.state <> 'ready' THEN
		RAISE EXCEPTION 'it is %, and has no files to delete', NEW.state USING ERRCODE = 'SW409';
	ELSIF NEW.pinned THEN
		RAISE EXCEPTION 'it is pinned: unpin it first' USING ERRCODE = 'SW409';
	ELSIF EXISTS (SELECT FROM projects p WHERE p.live_deployment = NEW.id) THEN
		RAISE EXCEPTION 'it is live: promote another deployment first' USING ERRCODE = 'SW409';
	END IF;
	SELECT a.label INTO label FROM aliases a WHERE a.deployment_id = NEW.id
	 ORDER BY a.label LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'the alias % shows it: point that elsewhere or remove it first', label
		    USING ERRCODE = 'SW409';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION deployment_life() IS 'Lets nothing be deleted that is live, aliased or pinned, and nothing come back whose files are gone';
CREATE TRIGGER life BEFORE UPDATE OF deleted_at ON deployments
    FOR EACH ROW WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION deployment_life();

CREATE FUNCTION shown_life() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d text := CASE TG_TABLE_NAME WHEN 'projects' THEN to_jsonb(NEW) ->> 'live_deployment'
	    ELSE to_jsonb(NEW) ->> 'deployment_id' END;
	gone timestamptz;
BEGIN
	SELECT deleted_at INTO gone FROM deployments WHERE id = d FOR SHARE;
	IF gone IS NOT NULL THEN
		RAISE EXCEPTION 'it was deleted: bring it back or redeploy it first' USING ERRCODE = 'SW409';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION shown_life() IS 'Lets nothing show a deployment that was deleted';
CREATE TRIGGER life BEFORE INSERT OR UPDATE OF live_deployment ON projects
    FOR EACH ROW WHEN (NEW.live_deployment IS NOT NULL) EXECUTE FUNCTION shown_life();
CREATE TRIGGER life BEFORE INSERT OR UPDATE OF deployment_id ON aliases
    FOR EACH ROW EXECUTE FUNCTION shown_life();

-- As in 0005 and 0004: hosts change their answer, and it leaves a line.
DROP TRIGGER ring ON deployments;
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE OF state, manifest, deleted_at ON deployments
    FOR EACH ROW EXECUTE FUNCTION ring_deployment();
CREATE TRIGGER audit_life AFTER UPDATE OF deleted_at, pinned ON deployments
    FOR EACH ROW WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at OR OLD.pinned <> NEW.pinned)
    EXECUTE FUNCTION audit();

-- Asked again after a lost answer, each says what it said before.
CREATE FUNCTION deployment_delete(deployment text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	UPDATE deployments SET deleted_at = coalesce(deleted_at, now())
	 WHERE id = deployment AND may_deploy(team_id);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such deployment' USING ERRCODE = 'SW404';
	END IF;
	RETURN deployment;
END
$$;
COMMENT ON FUNCTION deployment_delete(text) IS
    'Deletes a deployment that nothing shows; its files stay for a day; SW404, SW409';

CREATE FUNCTION deployment_restore(deployment text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	UPDATE deployments SET deleted_at = NULL
	 WHERE id = deployment AND may_deploy(team_id);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such deployment' USING ERRCODE = 'SW404';
	END IF;
	RETURN deployment;
END
$$;
COMMENT ON FUNCTION deployment_restore(text) IS
    'Brings a deleted deployment back while its files are there; SW404, SW409';

CREATE FUNCTION deployment_pin(deployment text, pin boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	d deployments;
BEGIN
	SELECT * INTO d FROM deployments
	 WHERE id = deployment AND may_deploy(team_id) FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no such deployment' USING ERRCODE = 'SW404';
	ELSIF pin AND d.deleted_at IS NOT NULL THEN
		RAISE EXCEPTION 'it was deleted: bring it back first' USING ERRCODE = 'SW409';
	ELSIF pin AND d.state <> 'ready' THEN
		RAISE EXCEPTION 'it is %, not ready', d.state USING ERRCODE = 'SW409';
	END IF;
	UPDATE deployments SET pinned = pin WHERE id = d.id;
	RETURN d.id;
END
$$;
COMMENT ON FUNCTION deployment_pin(text, boolean) IS
    'Keeps a ready deployment until it is unpinned; SW404, SW409';
REVOKE EXECUTE ON FUNCTION deployment_delete(text), deployment_restore(text),
    deployment_pin(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION deployment_delete(text), deployment_restore(text),
    deployment_pin(text, boolean) TO slipway_api;

CREATE FUNCTION admin.delete(deployment text) RETURNS text
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT deployment_delete(deployment) $$;
COMMENT ON FUNCTION admin.delete(text) IS 'Deletes a deployment that nothing shows';

CREATE FUNCTION admin.restore(deployment text) RETURNS text
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT deployment_restore(deployment) $$;
COMMENT ON FUNCTION admin.restore(text) IS 'Brings a deleted deployment back, within a day';

CREATE FUNCTION admin.pin(deployment text, pin boolean DEFAULT true) RETURNS text
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT deployment_pin(deployment, pin) $$;
COMMENT ON FUNCTION admin.pin(text, boolean) IS 'Keeps a deployment until it is unpinned';
