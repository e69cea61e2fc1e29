-- The rest of what a build may use, as that of 0009-settings.sql: a limit that
-- is null is the one above it, projects only lower, and teams' columns are the
-- operator's.
ALTER TABLE teams
	ADD build_pids int CHECK (build_pids BETWEEN 32 AND 32768),
	ADD build_inodes int CHECK (build_inodes BETWEEN 1000 AND 100000000),
	ADD build_silence int CHECK (build_silence BETWEEN 1 AND 86400),
	ADD build_output int CHECK (build_output BETWEEN 1 AND 1048576);
COMMENT ON COLUMN teams.build_pids IS 'Processes and threads of a build; null: slipway.conf''s';
COMMENT ON COLUMN teams.build_inodes IS 'How many files it may write; null: slipway.conf''s';
COMMENT ON COLUMN teams.build_silence IS 'Seconds without output; null: slipway.conf''s';
COMMENT ON COLUMN teams.build_output IS 'MiB that it may print; null: slipway.conf''s';

ALTER TABLE projects
	ADD build_pids int CHECK (build_pids BETWEEN 32 AND 32768),
	ADD build_inodes int CHECK (build_inodes BETWEEN 1000 AND 100000000),
	ADD build_silence int CHECK (build_silence BETWEEN 1 AND 86400),
	ADD build_output int CHECK (build_output BETWEEN 1 AND 1048576);
COMMENT ON COLUMN projects.build_pids IS 'Processes and threads of a build; null: what its team may';
COMMENT ON COLUMN projects.build_inodes IS 'How many files it may write; null: what its team may';
COMMENT ON COLUMN projects.build_silence IS 'Seconds without output; null: what its team may';
COMMENT ON COLUMN projects.build_output IS 'MiB that it may print; null: what its team may';

GRANT UPDATE (build_pids, build_inodes, build_silence, build_output) ON projects TO slipway_api;

-- Builders that are older go by names, and pass over what they do not know.
CREATE OR REPLACE VIEW build_settings AS
SELECT d.id, d.project_id, d.team_id, d.target, d.source, d.repo,
       d.ref, d.ref_kind, d.commit_sha, d.upload_id, d.branch_label,
       (SELECT o.commit_sha FROM deployments o
	 WHERE o.project_id = d.project_id AND o.target = d.target
	   AND (o.target = 'production' OR o.branch_label = d.branch_label)
	   AND o.state = 'ready' AND o.commit_sha IS NOT NULL AND o.seq < d.seq
	 ORDER BY o.seq DESC LIMIT 1) AS previous,
       p.root_dir, p.framework, p.install_command, p.build_command,
       p.output_dir, p.node_version, p.spa, p.ignore_command,
       p.network, p.submodules, p.lfs, p.build_memory, p.build_cpus,
       p.build_disk, p.build_timeout, t.build_memory AS team_memory,
       t.build_cpus AS team_cpus, t.build_disk AS team_disk,
       t.build_timeout AS team_timeout, p.build_pids, p.build_inodes,
       p.build_silence, p.build_output, t.build_pids AS team_pids,
       t.build_inodes AS team_inodes, t.build_silence AS team_silence,
       t.build_output AS team_output
  FROM deployments d JOIN projects p ON p.id = d.project_id JOIN teams t ON t.id = d.team_id;
