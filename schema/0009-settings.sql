-- What a project says of its builds beyond the commands: what they may use and
-- reach, what is fetched with them, and when a newer one ends an older.

-- A limit that is null is the one above it: a project's is its team's, a
-- team's is slipway.conf's.  Projects and their members only lower.  Teams'
-- columns are the operator's, in psql, and may raise.
ALTER TABLE teams
	ADD build_memory int CHECK (build_memory BETWEEN 64 AND 1048576),
	ADD build_cpus int CHECK (build_cpus BETWEEN 10 AND 25600),
	ADD build_disk int CHECK (build_disk BETWEEN 64 AND 1048576),
	ADD build_timeout int CHECK (build_timeout BETWEEN 1 AND 86400);
COMMENT ON COLUMN teams.build_memory IS 'MiB of memory of a build, above or below slipway.conf''s; null: that';
COMMENT ON COLUMN teams.build_cpus IS 'Hundredths of a CPU; null: slipway.conf''s';
COMMENT ON COLUMN teams.build_disk IS 'MiB of disk; null: slipway.conf''s';
COMMENT ON COLUMN teams.build_timeout IS 'Seconds for one step; null: slipway.conf''s';

ALTER TABLE projects
	ADD ignore_command text NOT NULL DEFAULT '' CHECK (length(ignore_command) <= 4096),
	ADD network text NOT NULL DEFAULT 'full' CHECK (network IN ('full', 'registries', 'none')),
	ADD submodules boolean NOT NULL DEFAULT true,
	ADD lfs boolean NOT NULL DEFAULT true,
	ADD cancel_running text NOT NULL DEFAULT 'auto' CHECK (cancel_running IN ('auto', 'always', 'never')),
	ADD build_memory int CHECK (build_memory BETWEEN 64 AND 1048576),
	ADD build_cpus int CHECK (build_cpus BETWEEN 10 AND 25600),
	ADD build_disk int CHECK (build_disk BETWEEN 64 AND 1048576),
	ADD build_timeout int CHECK (build_timeout BETWEEN 1 AND 86400);
COMMENT ON COLUMN projects.ignore_command IS 'Run before the install; an exit with 0 skips the build';
COMMENT ON COLUMN projects.network IS 'What its commands reach: full: public addresses; registries: the host names in slipway.conf; none: registries for the install, nothing for the build';
COMMENT ON COLUMN projects.submodules IS 'Whether submodules are fetched';
COMMENT ON COLUMN projects.lfs IS 'Whether files of Git LFS are fetched';
COMMENT ON COLUMN projects.cancel_running IS 'Whether a newer push ends the build of an older: always, never, or auto: of previews alone';
COMMENT ON COLUMN projects.build_memory IS 'MiB of memory of a build; null: what its team may';
COMMENT ON COLUMN projects.build_cpus IS 'Hundredths of a CPU; null: what its team may';
COMMENT ON COLUMN projects.build_disk IS 'MiB of disk; null: what its team may';
COMMENT ON COLUMN projects.build_timeout IS 'Seconds for one step; null: what its team may';

GRANT UPDATE (ignore_command, network, submodules, lfs, cancel_running, build_memory,
    build_cpus, build_disk, build_timeout) ON projects TO slipway_api;

-- A development deployment is a preview with variables of its own.
ALTER TABLE environment_variables DROP CONSTRAINT environment_variables_target_check,
	ADD CONSTRAINT environment_variables_target_check
	    CHECK (target IN ('production', 'preview', 'development'));
COMMENT ON COLUMN environment_variables.target IS 'Which builds get it: production, preview or development';
ALTER TABLE deployments DROP CONSTRAINT deployments_target_check,
	ADD CONSTRAINT deployments_target_check
	    CHECK (target IN ('production', 'preview', 'development'));
COMMENT ON COLUMN deployments.target IS 'production (promoted when ready), preview, or development: a preview with variables of its own';
