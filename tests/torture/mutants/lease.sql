-- I4: a build is taken from its builder while that holds its lease.
CREATE OR REPLACE FUNCTION build_leases() RETURNS TABLE (id text, fence bigint, until text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
	PERFORM build_end(d.id, d.fence, 'lost') FROM deployments d
	  WHERE d.state = 'building' AND d.attempt < 3 AND random() < 0.3;
	UPDATE deployments d SET not_before = 'epoch' WHERE d.state = 'queued' AND d.attempt > 0;
END
$$;
