-- What a host shows beside its deployment: assets of those before it, the one
-- host that others lead to, and who may look.

ALTER TABLE projects
	ADD skew_deployments int NOT NULL DEFAULT 10 CHECK (skew_deployments BETWEEN 0 AND 20),
	ADD skew_days int NOT NULL DEFAULT 7 CHECK (skew_days BETWEEN 0 AND 90),
	ADD primary_host text NOT NULL DEFAULT '' CHECK (length(primary_host) <= 253
	    AND primary_host = lower(primary_host));
COMMENT ON COLUMN projects.skew_deployments IS 'Assets of so many deployments before the one that is shown stay reachable; 0: of none';
COMMENT ON COLUMN projects.skew_days IS 'And for so many days after they were last shown';
COMMENT ON COLUMN projects.primary_host IS 'Where its other production hosts redirect to: own for its host under the base domain, or a verified domain; empty: each answers itself';
GRANT UPDATE (skew_deployments, skew_days, primary_host) ON projects TO slipway_api;

-- What was live, and until when.  Of what came before this column the end of
-- the build is the best that is known.
ALTER TABLE deployments ADD live_until timestamptz;
COMMENT ON COLUMN deployments.live_until IS 'When it last ceased to be what the production host shows; null: never was, or is still the first time';
UPDATE deployments d SET live_until = d.finished_at FROM projects p
 WHERE p.id = d.project_id AND d.state = 'ready' AND d.target = 'production'
   AND d.id IS DISTINCT FROM p.live_deployment;
CREATE INDEX deployments_live ON deployments (project_id, live_until DESC)
    WHERE live_until IS NOT NULL;

CREATE FUNCTION note_live() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	UPDATE deployments SET live_until = now() WHERE id = OLD.live_deployment;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_live() IS 'Notes of a deployment that it is no longer live';
CREATE TRIGGER note_live AFTER UPDATE OF live_deployment ON projects
    FOR EACH ROW WHEN (OLD.live_deployment IS DISTINCT FROM NEW.live_deployment)
    EXECUTE FUNCTION note_live();

-- A page that was loaded before a switch asks for its own chunks afterwards.
CREATE FUNCTION skew_manifests(project text, branch text)
RETURNS TABLE (deployment_id text, manifest text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	p projects;
	since timestamptz;
BEGIN
	SELECT x.* INTO p FROM projects x WHERE x.id = skew_manifests.project;
	since := now() - make_interval(days => p.skew_days);
	IF p.id IS NULL OR p.skew_days = 0 OR p.skew_deployments = 0 THEN
		RETURN;
	ELSIF skew_manifests.branch = '' THEN
		RETURN QUERY SELECT d.id, d.manifest FROM deployments d
		 WHERE d.project_id = p.id AND d.live_until > since AND d.state = 'ready'
		   AND d.deleted_at IS NULL AND d.id IS DISTINCT FROM p.live_deployment
		 ORDER BY d.live_until DESC, d.seq DESC LIMIT p.skew_deployments;
	ELSE
		-- A branch's host shows each until the next of them is ready.
		RETURN QUERY SELECT x.id, x.manifest FROM (
		    SELECT d.id, d.manifest, d.seq,
			lag(d.finished_at) OVER (ORDER BY d.seq DESC) AS until
		      FROM deployments d
		     WHERE d.project_id = p.id AND d.branch_label = skew_manifests.branch
		       AND d.state = 'ready' AND d.deleted_at IS NULL
		     ORDER BY d.seq DESC LIMIT p.skew_deployments + 1) x
		 WHERE x.until > since ORDER BY x.seq DESC;
	END IF;
END
$$;
COMMENT ON FUNCTION skew_manifests(text, text) IS
    'Whose assets a project''s production host still gives, or the host of that branch, newest first';

CREATE FUNCTION skew_kept()
RETURNS TABLE (project_id text, deployment_id text, manifest text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT DISTINCT b.project_id, s.deployment_id, s.manifest
	  FROM (SELECT x.id AS project_id, '' AS branch FROM projects x
	        UNION
	        SELECT d.project_id, d.branch_label FROM deployments d
	         WHERE d.branch_label <> '' AND d.state = 'ready'
	           AND d.finished_at > now() - interval '90 days') b,
	      skew_manifests(b.project_id, b.branch) s;
END
$$;
COMMENT ON FUNCTION skew_kept() IS
    'Every deployment whose assets a host still gives though it shows a newer one: none of them may be collected';
GRANT EXECUTE ON FUNCTION skew_manifests(text, text), skew_kept() TO slipway_build;

-- Who may look at a project's hosts: whoever has its password or one of its
-- tokens.  Neither can be read here by fcgi-api, which only ever writes them.
CREATE TABLE protections (
	id text PRIMARY KEY DEFAULT new_id('prt'),
	project_id text NOT NULL UNIQUE,
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	hosts text NOT NULL CHECK (hosts IN ('previews', 'all')),
	password_hash text NOT NULL CHECK (length(password_hash) BETWEEN 1 AND 127),
	cookie_key bytea NOT NULL CHECK (length(cookie_key) = 32),
	password_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (project_id, team_id),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
COMMENT ON TABLE protections IS 'Projects that show themselves only to who has a password or a token';
COMMENT ON COLUMN protections.id IS 'prt_ and twelve random characters';
COMMENT ON COLUMN protections.project_id IS 'The project; where it has no row here everybody may look';
COMMENT ON COLUMN protections.team_id IS 'Who owns it';
COMMENT ON COLUMN protections.hosts IS 'previews: all hosts but the production ones; or all';
COMMENT ON COLUMN protections.password_hash IS 'The password as argon2id';
COMMENT ON COLUMN protections.cookie_key IS 'What the cookies of those who knew the password are made with; a new password has a new one';
COMMENT ON COLUMN protections.password_at IS 'When the password was last set';
COMMENT ON COLUMN protections.updated_at IS 'When any of it was last set';

CREATE TABLE protection_tokens (
	id text PRIMARY KEY DEFAULT new_id('ptk'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
	created_at timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (project_id, team_id) REFERENCES protections (project_id, team_id)
	    ON DELETE CASCADE
);
CREATE INDEX protection_tokens_project ON protection_tokens (project_id);
COMMENT ON TABLE protection_tokens IS 'What machines show to pass a protection';
COMMENT ON COLUMN protection_tokens.id IS 'ptk_ and twelve random characters';
COMMENT ON COLUMN protection_tokens.team_id IS 'Who owns it';
COMMENT ON COLUMN protection_tokens.project_id IS 'Whose protection it passes';
COMMENT ON COLUMN protection_tokens.name IS 'What it is for';
COMMENT ON COLUMN protection_tokens.hash IS 'SHA-256 of the token, which is shown once';
COMMENT ON COLUMN protection_tokens.created_at IS 'When it was made';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['protections', 'protection_tokens'] LOOP
		EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE'
		    ' ON %I FOR EACH ROW EXECUTE FUNCTION audit()', t);
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY look ON %I FOR SELECT TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(1))::text[]))', t);
		EXECUTE format('CREATE POLICY make ON %I FOR INSERT TO slipway_api'
		    ' WITH CHECK (team_id = ANY ((SELECT my_teams(2))::text[]))', t);
		EXECUTE format('CREATE POLICY change ON %I FOR UPDATE TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(2))::text[]))', t);
		EXECUTE format('CREATE POLICY remove ON %I FOR DELETE TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(2))::text[]))', t);
	END LOOP;
END
$$;
GRANT SELECT (id, project_id, team_id, hosts, password_at, updated_at), INSERT, DELETE
    ON protections TO slipway_api;
GRANT UPDATE (hosts, password_hash, cookie_key, password_at, updated_at)
    ON protections TO slipway_api;
GRANT SELECT (id, team_id, project_id, name, created_at), INSERT, DELETE
    ON protection_tokens TO slipway_api;

-- Bells for what is new here.
DROP TRIGGER ring ON projects;
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE OF slug, live_deployment, spa,
    skew_deployments, skew_days, primary_host ON projects
    FOR EACH ROW EXECUTE FUNCTION ring_serve();

CREATE FUNCTION ring_project() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	p text := coalesce(NEW.project_id, OLD.project_id);
BEGIN
	PERFORM pg_notify('slipway_serve', slug) FROM projects WHERE id = p;
	PERFORM pg_notify('slipway_serve', host) FROM domains
	  WHERE project_id = p AND verified_at IS NOT NULL;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION ring_project() IS 'Rings the bell for every host of a project';
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE ON protections
    FOR EACH ROW EXECUTE FUNCTION ring_project();
CREATE TRIGGER ring AFTER INSERT OR DELETE OR UPDATE ON protection_tokens
    FOR EACH ROW EXECUTE FUNCTION ring_project();

-- As in 0006, and with all that serving takes.
DROP FUNCTION serve_resolve(text, text);
CREATE FUNCTION serve_resolve(scope text, host text)
RETURNS TABLE (deployment_id text, project text, project_id text, manifest text,
    production boolean, spa text, gone boolean, primary_host text, skew text,
    password_hash text, cookie_key text, tokens text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	p projects;
	cut int := position('--' IN host);
	wanted text := '';
	branch text;
	d text;
	lead text := '';
	w protections;
BEGIN
	IF scope = 'domain' THEN
		SELECT x.* INTO p FROM projects x JOIN domains m ON m.project_id = x.id
		 WHERE m.host = serve_resolve.host AND m.verified_at IS NOT NULL;
	ELSE
		IF cut > 0 THEN
			wanted := left(host, cut - 1);
		END IF;
		SELECT x.* INTO p FROM projects x
		 WHERE x.slug = CASE WHEN cut > 0 THEN substr(host, cut + 2) ELSE host END;
	END IF;
	IF p.id IS NULL OR EXISTS (SELECT FROM teams t
	    WHERE t.id = p.team_id AND t.suspended_at IS NOT NULL) THEN
		RETURN;
	END IF;
	IF wanted = '' THEN
		d := p.live_deployment;
		branch := '';
		-- Nothing leads away from the primary host itself, nor to a domain
		-- that is not proved now.
		IF p.primary_host = 'own' AND scope = 'domain' OR p.primary_host <> host
		    AND EXISTS (SELECT FROM domains m WHERE m.project_id = p.id
			AND m.host = p.primary_host AND m.verified_at IS NOT NULL) THEN
			lead := p.primary_host;
		END IF;
	ELSE
		SELECT x.id INTO d FROM deployments x
		 WHERE x.id = 'dpl_' || wanted AND x.project_id = p.id AND x.state = 'ready';
		IF d IS NULL THEN
			SELECT a.deployment_id INTO d FROM aliases a
			 WHERE a.project_id = p.id AND a.label = wanted;
		END IF;
		IF d IS NULL THEN
			SELECT x.id INTO d FROM deployments x
			 WHERE x.project_id = p.id AND x.branch_label = wanted AND x.state = 'ready'
			   AND x.deleted_at IS NULL
			 ORDER BY x.seq DESC LIMIT 1;
			branch := wanted;
		END IF;
	END IF;
	SELECT * INTO w FROM protections x
	 WHERE x.project_id = p.id AND (x.hosts = 'all' OR wanted <> '');
	RETURN QUERY SELECT x.id, p.slug, p.id, coalesce(x.manifest, ''), wanted = '', p.spa,
	    x.deleted_at IS NOT NULL, lead,
	    coalesce((SELECT string_agg(s.manifest, ' ') FROM skew_manifests(p.id, branch) s), ''),
	    coalesce(w.password_hash, ''), coalesce(encode(w.cookie_key, 'hex'), ''),
	    coalesce((SELECT string_agg(encode(k.hash, 'hex'), ' ') FROM protection_tokens k
		WHERE k.project_id = w.project_id), '')
	  FROM deployments x WHERE x.id = d AND x.state = 'ready';
END
$$;
COMMENT ON FUNCTION serve_resolve(text, text) IS
    'What a host shows, and to whom; no row if there is no such host';
GRANT EXECUTE ON FUNCTION serve_resolve(text, text) TO slipway_serve;
