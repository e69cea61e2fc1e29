-- A project may have millions of lines, and whoever deletes it does not wait for
-- them: its deployments go at once, which hides their lines, and builderd
-- removes those later, some at a time, with those that are old.

ALTER TABLE build_logs
    DROP CONSTRAINT build_logs_deployment_id_fkey,
    DROP CONSTRAINT build_logs_team_id_fkey;
COMMENT ON COLUMN build_logs.deployment_id IS 'The deployment, which may be gone';
