-- A slot of a builder that takes nothing is none that is kept for production.

CREATE FUNCTION builder_here(b builders) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT b.seen_at > now() - interval '30 seconds' $$;
COMMENT ON FUNCTION builder_here(builders) IS 'It was seen lately enough to count';
REVOKE EXECUTE ON FUNCTION builder_here(builders) FROM PUBLIC;

-- Of all their slots one is kept for production, unless there is one alone.
CREATE VIEW build_slots AS
WITH takes AS (SELECT id, slots FROM builders b WHERE builder_here(b) AND refuses IS NULL)
SELECT builders, slots - busy AS free, CASE WHEN slots > 1 THEN slots - 1 - previews END AS room
  FROM (SELECT count(*) AS builders, coalesce(sum(slots), 0) AS slots FROM takes) s,
       (SELECT count(*) AS busy, count(*) FILTER (WHERE d.target <> 'production') AS previews
	  FROM deployments d JOIN takes ON takes.id = substring(d.lease_owner FROM '(.*):')
	 WHERE d.state IN ('building', 'canceling')) r;
COMMENT ON VIEW build_slots IS 'Builders that take builds, how many slots of theirs are free, and how many more previews may be built: null, any number';

-- Only near the end is it counted exactly, one claim after the other: a builder
-- has one claim at a time under way.
CREATE OR REPLACE FUNCTION preview_room() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	s record;
BEGIN
	SELECT builders, room INTO s FROM build_slots;
	IF s.room <= s.builders THEN
		PERFORM pg_advisory_xact_lock(hashtext('slipway.preview_room'));
		SELECT builders, room INTO s FROM build_slots;
	END IF;
	RETURN s.room IS NULL OR s.room > 0;
END
$$;

-- As in 0032.
CREATE OR REPLACE FUNCTION queue_stopped() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT CASE WHEN count(*) = 0 THEN 'no builder is there'
	    WHEN count(*) = count(refuses) THEN min(refuses) END
	  FROM builders b WHERE builder_here(b)
$$;
CREATE OR REPLACE VIEW admin.builders AS
SELECT b.id, b.slots,
       (SELECT count(*) FROM deployments d WHERE d.state IN ('building', 'canceling')
	   AND starts_with(d.lease_owner, b.id || ':')) AS busy,
       now() - b.started_at AS since, now() - b.seen_at AS seen,
       builder_here(b) AS alive, b.refuses
  FROM builders b ORDER BY b.id;
