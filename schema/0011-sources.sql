-- What a project's repository is reached with, and which hosts are known.

-- Only builderd can open what is sealed, and what is in a token's box says for
-- which host it is: a row that was changed to another does not open.
CREATE TABLE git_credentials (
	id text PRIMARY KEY DEFAULT new_id('cred'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('deploy-key', 'token')),
	origin text CHECK (origin ~ '^https?://[^/@]+:[0-9]+$' AND length(origin) <= 300),
	username text CHECK (username ~ '^[!-9;-~]+$' AND length(username) <= 100),
	public_key text CHECK (length(public_key) <= 200),
	fingerprint text CHECK (fingerprint ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
	sealed bytea NOT NULL CHECK (length(sealed) <= 8192),
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz,
	UNIQUE (project_id, kind),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE,
	CHECK (CASE kind WHEN 'token' THEN origin IS NOT NULL AND username IS NOT NULL
	    ELSE public_key IS NOT NULL AND fingerprint IS NOT NULL END)
);
COMMENT ON TABLE git_credentials IS 'What a private repository is read with; only builderd can open the secrets';
COMMENT ON COLUMN git_credentials.id IS 'cred_ and twelve random characters';
COMMENT ON COLUMN git_credentials.team_id IS 'Who owns it';
COMMENT ON COLUMN git_credentials.project_id IS 'Whose repository it is for';
COMMENT ON COLUMN git_credentials.kind IS 'deploy-key (ssh) or token (https)';
COMMENT ON COLUMN git_credentials.origin IS 'Of a token: the scheme, host and port it is sent to, and no other';
COMMENT ON COLUMN git_credentials.username IS 'Of a token: what stands before it';
COMMENT ON COLUMN git_credentials.public_key IS 'Of a deploy key: what the Git host is to be given';
COMMENT ON COLUMN git_credentials.fingerprint IS 'Of a deploy key: SHA-256 of the public half';
COMMENT ON COLUMN git_credentials.sealed IS 'Key id, and a sealed box of project, "source", kind and origin, and the secret';
COMMENT ON COLUMN git_credentials.created_at IS 'When it was made, or set the last time';
COMMENT ON COLUMN git_credentials.used_at IS 'When a build was last given it';

-- Operators add the hosts of their own in psql.
CREATE TABLE pinned_hosts (
	host text NOT NULL CHECK (host = lower(host) AND length(host) BETWEEN 1 AND 253),
	port int NOT NULL DEFAULT 22 CHECK (port BETWEEN 1 AND 65535),
	key_type text NOT NULL CHECK (key_type IN ('ed25519', 'ecdsa', 'rsa')),
	fingerprint text NOT NULL CHECK (fingerprint ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
	PRIMARY KEY (host, port, fingerprint)
);
COMMENT ON TABLE pinned_hosts IS 'SSH hosts whose keys are known before anybody connects: those their owners publish';
COMMENT ON COLUMN pinned_hosts.host IS 'Name, lower case';
COMMENT ON COLUMN pinned_hosts.port IS 'TCP port';
COMMENT ON COLUMN pinned_hosts.key_type IS 'ed25519, ecdsa or rsa';
COMMENT ON COLUMN pinned_hosts.fingerprint IS 'SHA-256 of the key, as ssh-keygen -l shows it';
INSERT INTO pinned_hosts (host, key_type, fingerprint) VALUES
    ('github.com', 'ed25519', 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU'),
    ('github.com', 'ecdsa', 'SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM'),
    ('github.com', 'rsa', 'SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s'),
    ('gitlab.com', 'ed25519', 'SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8'),
    ('gitlab.com', 'ecdsa', 'SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw'),
    ('gitlab.com', 'rsa', 'SHA256:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ'),
    ('bitbucket.org', 'ed25519', 'SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM'),
    ('bitbucket.org', 'ecdsa', 'SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0'),
    ('bitbucket.org', 'rsa', 'SHA256:46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E'),
    ('codeberg.org', 'ed25519', 'SHA256:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g'),
    ('codeberg.org', 'ecdsa', 'SHA256:T9FYDEHELhVkulEKKwge5aVhVTbqCW0MIRwAfpARs/E'),
    ('codeberg.org', 'rsa', 'SHA256:6QQmYi4ppFS4/+zSZ5S4IU+4sa6rwvQ4PbhCtPEBekQ');

-- One key a host: what it showed first is what it must show.  Of which type is
-- its own choice, so another type would be another host as well.
CREATE TABLE known_hosts (
	id text PRIMARY KEY DEFAULT new_id('kh'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	host text NOT NULL CHECK (host = lower(host) AND length(host) BETWEEN 1 AND 253),
	port int NOT NULL CHECK (port BETWEEN 1 AND 65535),
	key_type text NOT NULL CHECK (key_type IN ('ed25519', 'ecdsa', 'rsa')),
	fingerprint text NOT NULL CHECK (fingerprint ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
	deployment_id text NOT NULL,
	first_seen timestamptz NOT NULL DEFAULT now(),
	UNIQUE (team_id, host, port)
);
COMMENT ON TABLE known_hosts IS 'SSH hosts a team''s builds have met: trusted the first time, and held to it';
COMMENT ON COLUMN known_hosts.id IS 'kh_ and twelve random characters';
COMMENT ON COLUMN known_hosts.team_id IS 'Whose builds met it';
COMMENT ON COLUMN known_hosts.host IS 'Name, lower case';
COMMENT ON COLUMN known_hosts.port IS 'TCP port';
COMMENT ON COLUMN known_hosts.key_type IS 'ed25519, ecdsa or rsa';
COMMENT ON COLUMN known_hosts.fingerprint IS 'SHA-256 of the key, as ssh-keygen -l shows it';
COMMENT ON COLUMN known_hosts.deployment_id IS 'The deployment that met it first, which may be gone';
COMMENT ON COLUMN known_hosts.first_seen IS 'When that was';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['git_credentials', 'known_hosts'] LOOP
		EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE'
		    ' ON %I FOR EACH ROW EXECUTE FUNCTION audit()', t);
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY look ON %I FOR SELECT TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(1))::text[]))', t);
		EXECUTE format('CREATE POLICY remove ON %I FOR DELETE TO slipway_api'
		    ' USING (team_id = ANY ((SELECT my_teams(2))::text[]))', t);
	END LOOP;
END
$$;
CREATE POLICY make ON git_credentials FOR INSERT TO slipway_api
    WITH CHECK (team_id = ANY ((SELECT my_teams(2))::text[]));
CREATE POLICY change ON git_credentials FOR UPDATE TO slipway_api
    USING (team_id = ANY ((SELECT my_teams(2))::text[]));

-- As with variables: a secret can be written and thrown away, never read.
GRANT SELECT (id, team_id, project_id, kind, origin, username, public_key, fingerprint,
    created_at, used_at), INSERT, DELETE ON git_credentials TO slipway_api;
GRANT UPDATE (origin, username, public_key, fingerprint, sealed, created_at, used_at)
    ON git_credentials TO slipway_api;
-- Known hosts are met by builds alone, or a key could be slipped in.
GRANT SELECT, DELETE ON known_hosts TO slipway_api;
GRANT SELECT ON pinned_hosts TO slipway_api;

-- The only way to the boxes, and it leaves a line for each of them.
CREATE FUNCTION source_secrets(deployment text, f bigint)
RETURNS TABLE (kind text, origin text, username text, sealed bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH given AS (UPDATE git_credentials c SET used_at = clock_timestamp()
		  FROM deployments d
		 WHERE d.id = deployment AND d.fence = f AND d.state IN ('building', 'canceling')
		   AND d.source = 'git' AND c.project_id = d.project_id
		RETURNING c.*),
	note AS (INSERT INTO audit_log (team_id, actor, action, object, detail)
		SELECT g.team_id, session_user, 'git_credentials.use', g.id,
		    jsonb_build_object('deployment', deployment) FROM given g)
	SELECT g.kind, g.origin, g.username, g.sealed FROM given g ORDER BY g.kind
$$;
COMMENT ON FUNCTION source_secrets(text, bigint) IS
    'What a build may read its repository with, noted as used; no row if there is none, or the build is no longer this builder''s';

-- A host that is pinned is known by that alone.
CREATE FUNCTION source_hosts(deployment text, f bigint)
RETURNS TABLE (host text, port int, fingerprint text, pinned boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT p.host, p.port, p.fingerprint, true FROM pinned_hosts p
	UNION ALL
	SELECT k.host, k.port, k.fingerprint, false
	  FROM known_hosts k JOIN deployments d ON d.team_id = k.team_id
	 WHERE d.id = deployment AND d.fence = f AND NOT EXISTS (SELECT FROM pinned_hosts p
	    WHERE p.host = k.host AND p.port = k.port)
$$;
COMMENT ON FUNCTION source_hosts(text, bigint) IS 'Which keys the SSH hosts have that a build may meet';

-- Trust on first use.  Another build may have been there a moment before.
CREATE FUNCTION source_met(deployment text, f bigint, p_host text, p_port int,
    p_type text, p_fingerprint text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	t text;
BEGIN
	SELECT team_id INTO t FROM deployments
	 WHERE id = deployment AND fence = f AND state IN ('building', 'canceling');
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	IF EXISTS (SELECT FROM pinned_hosts WHERE host = p_host AND port = p_port) THEN
		RETURN CASE WHEN EXISTS (SELECT FROM pinned_hosts WHERE host = p_host
		    AND port = p_port AND fingerprint = p_fingerprint) THEN 'known' ELSE 'changed' END;
	END IF;
	INSERT INTO known_hosts (team_id, host, port, key_type, fingerprint, deployment_id)
	SELECT t, p_host, p_port, p_type, p_fingerprint, deployment
	 WHERE (SELECT count(*) FROM known_hosts WHERE team_id = t) < 200
	ON CONFLICT (team_id, host, port) DO NOTHING;
	IF FOUND THEN
		RETURN 'learnt';
	END IF;
	RETURN coalesce((SELECT CASE WHEN fingerprint = p_fingerprint THEN 'known' ELSE 'changed' END
	    FROM known_hosts WHERE team_id = t AND host = p_host AND port = p_port), 'full');
END
$$;
COMMENT ON FUNCTION source_met(text, bigint, text, int, text, text) IS
    'A build met an SSH host: learnt, known, changed, or full; null if the build is no longer this builder''s';

GRANT EXECUTE ON FUNCTION source_secrets(text, bigint), source_hosts(text, bigint),
    source_met(text, bigint, text, int, text, text) TO slipway_build;
