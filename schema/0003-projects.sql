-- What is built, what came of it, and under which names it is seen.

-- What belongs to a project belongs to the project's team, and what an alias
-- shows to the alias's project: a row that says otherwise cannot be, so looking
-- at the team of a row is enough.

-- A host label is at most 63 bytes and "--" divides it, so a project's slug
-- has at most 48 characters and no "--".
CREATE TABLE projects (
	id text PRIMARY KEY DEFAULT new_id('prj'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$'
	    AND slug !~ '--'),
	repo text CHECK (length(repo) BETWEEN 1 AND 2048),
	branch text NOT NULL DEFAULT '' CHECK (length(branch) <= 250),
	root_dir text NOT NULL DEFAULT '' CHECK (length(root_dir) <= 1024),
	framework text NOT NULL DEFAULT '' CHECK (length(framework) <= 40),
	install_command text NOT NULL DEFAULT '' CHECK (length(install_command) <= 4096),
	build_command text NOT NULL DEFAULT '' CHECK (length(build_command) <= 4096),
	output_dir text NOT NULL DEFAULT '' CHECK (length(output_dir) <= 1024),
	node_version text NOT NULL DEFAULT '' CHECK (length(node_version) <= 20),
	spa text NOT NULL DEFAULT 'auto' CHECK (spa IN ('auto', 'on', 'off')),
	max_running int NOT NULL DEFAULT 1 CHECK (max_running BETWEEN 1 AND 100),
	next_seq bigint NOT NULL DEFAULT 1,
	live_deployment text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (id, team_id)
);
CREATE INDEX projects_team ON projects (team_id, slug);
COMMENT ON TABLE projects IS 'A repository or folder that becomes a site';
COMMENT ON COLUMN projects.id IS 'prj_ and twelve random characters';
COMMENT ON COLUMN projects.team_id IS 'Who owns it';
COMMENT ON COLUMN projects.slug IS 'Its name, and the first label of its host';
COMMENT ON COLUMN projects.repo IS 'The Git URL; null where folders are uploaded';
COMMENT ON COLUMN projects.branch IS 'What production is built from; empty: the repository''s default branch';
COMMENT ON COLUMN projects.root_dir IS 'The folder of the repository that is the project; empty: all of it';
COMMENT ON COLUMN projects.framework IS 'Which framework it is; empty: detect it';
COMMENT ON COLUMN projects.install_command IS 'Installs dependencies; empty: by lock file';
COMMENT ON COLUMN projects.build_command IS 'Builds it; empty: by framework';
COMMENT ON COLUMN projects.output_dir IS 'Where the build leaves the site; empty: by framework';
COMMENT ON COLUMN projects.node_version IS 'Major version of Node; empty: as package.json says, or the newest image';
COMMENT ON COLUMN projects.spa IS 'on: unknown paths get /index.html; off: never; auto: by framework, or when there is no 404.html';
COMMENT ON COLUMN projects.max_running IS 'How many of its builds may run at once';
COMMENT ON COLUMN projects.next_seq IS 'Number of its next deployment';
COMMENT ON COLUMN projects.live_deployment IS 'What the production host shows; set by promotion';
COMMENT ON COLUMN projects.created_at IS 'When it was made';
COMMENT ON COLUMN projects.updated_at IS 'When a setting last changed';

CREATE TABLE environment_variables (
	id text PRIMARY KEY DEFAULT new_id('env'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	name text NOT NULL CHECK (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
	target text NOT NULL CHECK (target IN ('production', 'preview')),
	sealed bytea NOT NULL CHECK (length(sealed) <= 66000),
	updated_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (project_id, target, name),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
COMMENT ON TABLE environment_variables IS 'What builds find in their environment; only builderd can open the values';
COMMENT ON COLUMN environment_variables.id IS 'env_ and twelve random characters';
COMMENT ON COLUMN environment_variables.team_id IS 'Who owns it';
COMMENT ON COLUMN environment_variables.project_id IS 'Whose builds get it';
COMMENT ON COLUMN environment_variables.name IS 'Its name';
COMMENT ON COLUMN environment_variables.target IS 'Which builds get it: production or preview';
COMMENT ON COLUMN environment_variables.sealed IS 'Key id, and a sealed box of project, target, name and value, so that rows cannot be swapped';
COMMENT ON COLUMN environment_variables.updated_at IS 'When it was last set';

CREATE TABLE uploads (
	id text PRIMARY KEY DEFAULT new_id('upl'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	files int NOT NULL CHECK (files BETWEEN 1 AND 100000),
	bytes bigint NOT NULL CHECK (bytes >= 0),
	complete boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
CREATE INDEX uploads_project ON uploads (project_id, created_at);
COMMENT ON TABLE uploads IS 'Folders sent by "slipway deploy"; the files lie under uploads/<project> in the state directory';
COMMENT ON COLUMN uploads.id IS 'upl_ and twelve random characters; names the list of files';
COMMENT ON COLUMN uploads.team_id IS 'Who owns it';
COMMENT ON COLUMN uploads.project_id IS 'What it is for';
COMMENT ON COLUMN uploads.files IS 'How many files it has';
COMMENT ON COLUMN uploads.bytes IS 'How large they are together';
COMMENT ON COLUMN uploads.complete IS 'Every file of it has arrived';
COMMENT ON COLUMN uploads.created_at IS 'When it was begun';

CREATE SEQUENCE fence_seq;
COMMENT ON SEQUENCE fence_seq IS 'Every claim of a build gets the next number; only the newest may write';

CREATE TABLE deployments (
	id text PRIMARY KEY DEFAULT new_id('dpl'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	seq bigint NOT NULL,
	state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'building',
	    'ready', 'failed', 'superseded', 'canceling', 'canceled')),
	target text NOT NULL CHECK (target IN ('production', 'preview')),
	source text NOT NULL CHECK (source IN ('git', 'upload', 'prebuilt')),
	repo text CHECK (length(repo) <= 2048),
	ref text NOT NULL DEFAULT '' CHECK (length(ref) <= 250),
	ref_kind text NOT NULL DEFAULT 'branch' CHECK (ref_kind IN ('branch', 'tag', 'commit')),
	branch_label text NOT NULL DEFAULT '' CHECK (length(branch_label) <= 63),
	commit_sha text CHECK (commit_sha ~ '^[0-9a-f]{40}([0-9a-f]{24})?$'),
	commit_message text CHECK (length(commit_message) <= 500),
	commit_author text CHECK (length(commit_author) <= 200),
	upload_id text REFERENCES uploads ON DELETE SET NULL,
	created_by text REFERENCES users ON DELETE SET NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	not_before timestamptz NOT NULL DEFAULT now(),
	attempt int NOT NULL DEFAULT 0,
	fence bigint NOT NULL DEFAULT 0,
	lease_owner text,
	lease_until timestamptz,
	step text CHECK (length(step) <= 20),
	started_at timestamptz,
	finished_at timestamptz,
	framework text CHECK (length(framework) <= 40),
	manifest text CHECK (manifest ~ '^[0-9a-f]{64}$'),
	files int,
	bytes bigint,
	error_code text CHECK (length(error_code) <= 40),
	error text CHECK (length(error) <= 2000),
	timings jsonb,
	UNIQUE (project_id, seq),
	UNIQUE (id, project_id),
	CHECK ((state IN ('building', 'canceling')) = (lease_until IS NOT NULL)),
	CHECK ((state = 'ready') <= (manifest IS NOT NULL)),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
ALTER TABLE projects ADD FOREIGN KEY (live_deployment)
    REFERENCES deployments ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX deployments_list ON deployments (project_id, seq DESC);
CREATE INDEX deployments_queued ON deployments (team_id, id) WHERE state = 'queued';
CREATE INDEX deployments_running ON deployments (lease_until)
    WHERE state IN ('building', 'canceling');
CREATE INDEX deployments_branch ON deployments (project_id, branch_label, seq DESC)
    WHERE state = 'ready';
COMMENT ON TABLE deployments IS 'Each build of a project and what came of it; ready ones never change';
COMMENT ON COLUMN deployments.id IS 'dpl_ and twelve random characters; the latter are in its host';
COMMENT ON COLUMN deployments.team_id IS 'Who owns it';
COMMENT ON COLUMN deployments.project_id IS 'What it is a deployment of';
COMMENT ON COLUMN deployments.seq IS 'Its number within the project';
COMMENT ON COLUMN deployments.state IS 'queued, building, then ready or failed; or superseded, or canceling and canceled';
COMMENT ON COLUMN deployments.target IS 'production (promoted when ready) or preview';
COMMENT ON COLUMN deployments.source IS 'git, upload (built here) or prebuilt (published as sent)';
COMMENT ON COLUMN deployments.repo IS 'The Git URL it is built from, as it was when asked for';
COMMENT ON COLUMN deployments.ref IS 'The branch, tag or commit asked for; empty: the default branch';
COMMENT ON COLUMN deployments.ref_kind IS 'What ref is: branch, tag or commit';
COMMENT ON COLUMN deployments.branch_label IS 'The branch as a host label; empty where there is none';
COMMENT ON COLUMN deployments.commit_sha IS 'The commit that was built';
COMMENT ON COLUMN deployments.commit_message IS 'First line of its message';
COMMENT ON COLUMN deployments.commit_author IS 'Name of its author';
COMMENT ON COLUMN deployments.upload_id IS 'The folder it is built from';
COMMENT ON COLUMN deployments.created_by IS 'Who asked for it';
COMMENT ON COLUMN deployments.created_at IS 'When it was asked for';
COMMENT ON COLUMN deployments.not_before IS 'A builder that was lost pushes this into the future';
COMMENT ON COLUMN deployments.attempt IS 'How often a builder took it';
COMMENT ON COLUMN deployments.fence IS 'Number of the newest claim; older ones write nothing';
COMMENT ON COLUMN deployments.lease_owner IS 'The builder that has it, as host:pid:slot';
COMMENT ON COLUMN deployments.lease_until IS 'Until when that builder has it unless it renews';
COMMENT ON COLUMN deployments.step IS 'What the build is doing';
COMMENT ON COLUMN deployments.started_at IS 'When the newest builder took it';
COMMENT ON COLUMN deployments.finished_at IS 'When it reached its last state';
COMMENT ON COLUMN deployments.framework IS 'The framework that was detected or set';
COMMENT ON COLUMN deployments.manifest IS 'SHA-256 of its manifest, which is a blob';
COMMENT ON COLUMN deployments.files IS 'How many files it has';
COMMENT ON COLUMN deployments.bytes IS 'How large they are together, uncompressed';
COMMENT ON COLUMN deployments.error_code IS 'Why it failed, for programs';
COMMENT ON COLUMN deployments.error IS 'Why it failed, for people';
COMMENT ON COLUMN deployments.timings IS 'Milliseconds by step';

CREATE TABLE build_logs (
	deployment_id text NOT NULL REFERENCES deployments ON DELETE CASCADE,
	fence bigint NOT NULL,
	seq bigint NOT NULL,
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	at timestamptz NOT NULL,
	step text NOT NULL CHECK (length(step) <= 20),
	stream text NOT NULL CHECK (stream IN ('out', 'err', 'info')),
	line text NOT NULL CHECK (octet_length(line) <= 8192),
	PRIMARY KEY (deployment_id, fence, seq)
);
COMMENT ON TABLE build_logs IS 'What builds said, line by line';
COMMENT ON COLUMN build_logs.deployment_id IS 'The deployment';
COMMENT ON COLUMN build_logs.fence IS 'Which claim of it wrote the line; readers see the newest only';
COMMENT ON COLUMN build_logs.seq IS 'Number of the line, from 1';
COMMENT ON COLUMN build_logs.team_id IS 'Who owns it';
COMMENT ON COLUMN build_logs.at IS 'When the line was complete';
COMMENT ON COLUMN build_logs.step IS 'The step that said it';
COMMENT ON COLUMN build_logs.stream IS 'out, err, or info for Slipway''s own words';
COMMENT ON COLUMN build_logs.line IS 'The line, secrets removed';

CREATE TABLE aliases (
	id text PRIMARY KEY DEFAULT new_id('als'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	label text NOT NULL CHECK (label ~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'
	    AND label !~ '--' AND label <> 'xn'),
	deployment_id text NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (project_id, label),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE,
	FOREIGN KEY (deployment_id, project_id) REFERENCES deployments (id, project_id)
	    ON DELETE CASCADE
);
CREATE INDEX aliases_deployment ON aliases (deployment_id);
COMMENT ON TABLE aliases IS 'More hosts of a project: <label>--<project> shows the deployment it points at';
COMMENT ON COLUMN aliases.id IS 'als_ and twelve random characters';
COMMENT ON COLUMN aliases.team_id IS 'Who owns it';
COMMENT ON COLUMN aliases.project_id IS 'The project in whose name it is';
COMMENT ON COLUMN aliases.label IS 'What comes before the two dashes';
COMMENT ON COLUMN aliases.deployment_id IS 'What it shows';
COMMENT ON COLUMN aliases.updated_at IS 'When it was last pointed somewhere';

CREATE TABLE domains (
	id text PRIMARY KEY DEFAULT new_id('dom'),
	team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
	project_id text NOT NULL,
	host text NOT NULL CHECK (length(host) <= 253 AND host = lower(host)),
	token text NOT NULL DEFAULT encode(uuid_send(gen_random_uuid()), 'hex'),
	verified_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (project_id, host),
	FOREIGN KEY (project_id, team_id) REFERENCES projects (id, team_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX domains_verified ON domains (host) WHERE verified_at IS NOT NULL;
COMMENT ON TABLE domains IS 'Hosts of the owner''s own; nothing is served there until it is proved theirs';
COMMENT ON COLUMN domains.id IS 'dom_ and twelve random characters';
COMMENT ON COLUMN domains.team_id IS 'Who claims it';
COMMENT ON COLUMN domains.project_id IS 'The project it shows';
COMMENT ON COLUMN domains.host IS 'The exact host name, lower case';
COMMENT ON COLUMN domains.token IS 'What a TXT record must say to prove it; new for each claim';
COMMENT ON COLUMN domains.verified_at IS 'When it was proved; null: not served';
COMMENT ON COLUMN domains.created_at IS 'When it was claimed';

-- The branch as one part of a host: what is not a letter or a digit becomes
-- a dash, and a name that lost something gets a hash so that two never meet.
-- So does "xn", which before two dashes would make a name in another script.
CREATE FUNCTION branch_label(branch text, slug text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	room int := 63 - 2 - length(slug);
	label text := trim(BOTH '-' FROM
	    regexp_replace(lower(branch), '[^a-z0-9]+', '-', 'g'));
BEGIN
	IF label = branch AND label <> 'xn' AND length(label) <= room THEN
		RETURN label;
	END IF;
	label := trim(BOTH '-' FROM left(label, room - 7));
	RETURN ltrim(label || '-' || left(md5(branch), 6), '-');
END
$$;
COMMENT ON FUNCTION branch_label(text, text) IS 'The host label of a branch in a project of that slug';
GRANT EXECUTE ON FUNCTION branch_label(text, text) TO slipway_api, slipway_build;
