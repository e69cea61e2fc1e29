-- People, what proves who they are, and the teams that own everything.

CREATE TABLE users (
	id text PRIMARY KEY DEFAULT new_id('usr'),
	email text NOT NULL CHECK (length(email) <= 254 AND email = lower(email)),
	name text NOT NULL DEFAULT '' CHECK (length(name) <= 100),
	password_hash text NOT NULL,
	epoch int NOT NULL DEFAULT 0,
	suspended_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (email);
COMMENT ON TABLE users IS 'Accounts; one person each';
COMMENT ON COLUMN users.id IS 'usr_ and twelve random characters';
COMMENT ON COLUMN users.email IS 'Where to reach them and what they sign in with, lower case';
COMMENT ON COLUMN users.name IS 'What they like to be called';
COMMENT ON COLUMN users.password_hash IS 'argon2id, in its own encoding';
COMMENT ON COLUMN users.epoch IS 'Raised to end every access token issued so far';
COMMENT ON COLUMN users.suspended_at IS 'Set by an operator; nobody signs in as them';
COMMENT ON COLUMN users.created_at IS 'When they signed up';

CREATE TABLE teams (
	id text PRIMARY KEY DEFAULT new_id('team'),
	slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$'),
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	personal boolean NOT NULL DEFAULT false,
	max_running int NOT NULL DEFAULT 2 CHECK (max_running BETWEEN 0 AND 1000),
	weight int NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000),
	vtime bigint NOT NULL DEFAULT 0,
	suspended_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE teams IS 'The tenants: every project belongs to one';
COMMENT ON COLUMN teams.id IS 'team_ and twelve random characters';
COMMENT ON COLUMN teams.slug IS 'Its name in URLs';
COMMENT ON COLUMN teams.name IS 'Its name for people';
COMMENT ON COLUMN teams.personal IS 'Made with an account, and goes with it';
COMMENT ON COLUMN teams.max_running IS 'How many of its builds may run at once';
COMMENT ON COLUMN teams.weight IS 'Its share of the build slots beside other teams';
COMMENT ON COLUMN teams.vtime IS 'Virtual time used so far; the team with the least builds next';
COMMENT ON COLUMN teams.suspended_at IS 'Set by an operator; nothing of it is built or served';
COMMENT ON COLUMN teams.created_at IS 'When it was made';

CREATE TABLE team_members (
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
	role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);
COMMENT ON TABLE team_members IS 'Who belongs to which team';
COMMENT ON COLUMN team_members.team_id IS 'The team';
COMMENT ON COLUMN team_members.user_id IS 'The member';
COMMENT ON COLUMN team_members.role IS 'owner, admin, member (may deploy) or viewer (may look)';
COMMENT ON COLUMN team_members.created_at IS 'Since when';

CREATE TABLE sessions (
	id text PRIMARY KEY DEFAULT new_id('ses'),
	user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz,
	revoked_why text CHECK (revoked_why IN ('logout', 'reuse', 'operator')),
	ip inet,
	agent text CHECK (length(agent) <= 200)
);
CREATE INDEX sessions_user ON sessions (user_id);
COMMENT ON TABLE sessions IS 'Sign-ins: one family of refresh tokens each';
COMMENT ON COLUMN sessions.id IS 'ses_ and twelve random characters; the sid of access tokens';
COMMENT ON COLUMN sessions.user_id IS 'Who signed in';
COMMENT ON COLUMN sessions.created_at IS 'When they signed in';
COMMENT ON COLUMN sessions.used_at IS 'When it was last refreshed';
COMMENT ON COLUMN sessions.expires_at IS 'When it ends whatever happens';
COMMENT ON COLUMN sessions.revoked_at IS 'When it was ended early';
COMMENT ON COLUMN sessions.revoked_why IS 'logout, reuse (a spent refresh token was shown) or operator';
COMMENT ON COLUMN sessions.ip IS 'Where the sign-in came from';
COMMENT ON COLUMN sessions.agent IS 'What program it came from, as that program says';

CREATE TABLE refresh_tokens (
	hash bytea PRIMARY KEY CHECK (length(hash) = 32),
	session_id text NOT NULL REFERENCES sessions ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
COMMENT ON TABLE refresh_tokens IS 'Every refresh token issued, spent ones too, so that showing one again is noticed';
COMMENT ON COLUMN refresh_tokens.hash IS 'SHA-256 of the token';
COMMENT ON COLUMN refresh_tokens.session_id IS 'Its family';
COMMENT ON COLUMN refresh_tokens.created_at IS 'When it was issued';
COMMENT ON COLUMN refresh_tokens.used_at IS 'When it was spent';

CREATE TABLE api_tokens (
	id text PRIMARY KEY DEFAULT new_id('tok'),
	user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
	scope text NOT NULL CHECK (scope IN ('read', 'deploy', 'admin')),
	created_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz,
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
COMMENT ON TABLE api_tokens IS 'Tokens for programs; each acts as its maker, in one team, within its scope';
COMMENT ON COLUMN api_tokens.id IS 'tok_ and twelve random characters; not the secret';
COMMENT ON COLUMN api_tokens.user_id IS 'Who made it and whom it acts as';
COMMENT ON COLUMN api_tokens.team_id IS 'The only team it reaches';
COMMENT ON COLUMN api_tokens.name IS 'What it is for';
COMMENT ON COLUMN api_tokens.hash IS 'SHA-256 of the token; the token itself is shown once and kept nowhere';
COMMENT ON COLUMN api_tokens.scope IS 'read, deploy (read and deploy) or admin (all its maker may do)';
COMMENT ON COLUMN api_tokens.created_at IS 'When it was made';
COMMENT ON COLUMN api_tokens.used_at IS 'When it was last used, to the hour';
COMMENT ON COLUMN api_tokens.expires_at IS 'When it stops working';
COMMENT ON COLUMN api_tokens.revoked_at IS 'When it was taken back';

CREATE TABLE audit_log (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	team_id text,
	actor text NOT NULL,
	action text NOT NULL,
	object text NOT NULL,
	request text,
	ip inet,
	detail jsonb
);
CREATE INDEX audit_log_team ON audit_log (team_id, id DESC);
COMMENT ON TABLE audit_log IS 'Who did what; written by triggers, and never changed';
COMMENT ON COLUMN audit_log.id IS 'Order of events';
COMMENT ON COLUMN audit_log.at IS 'When it happened';
COMMENT ON COLUMN audit_log.team_id IS 'Whose event it is; kept after the team is gone';
COMMENT ON COLUMN audit_log.actor IS 'A user id, or the database role where no user was involved';
COMMENT ON COLUMN audit_log.action IS 'What was done, such as projects.update';
COMMENT ON COLUMN audit_log.object IS 'The id of what it was done to';
COMMENT ON COLUMN audit_log.request IS 'The request id, for finding it in the logs';
COMMENT ON COLUMN audit_log.ip IS 'Where the request came from';
COMMENT ON COLUMN audit_log.detail IS 'Names of the columns that changed; never their values';
