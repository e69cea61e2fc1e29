-- As in 0022, and null where nothing waits: the greatest of null and 0 is 0, so that
-- builderd took an empty outbox for a notice that is due, once a second.
CREATE OR REPLACE FUNCTION outbox_wait() RETURNS double precision
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	WITH old AS (DELETE FROM outbox o WHERE o.id IN (SELECT x.id FROM outbox x
	    WHERE x.next_at IS NULL AND x.created_at < now() - interval '7 days' LIMIT 1000))
	SELECT greatest(extract(epoch FROM min(o.next_at) - clock_timestamp()), 0) FROM outbox o
	 WHERE o.next_at IS NOT NULL AND outbox_first(o)
	HAVING count(*) > 0
$$;
