-- What protects a project holds without a database, too: whoever serves is told
-- at once, and can tell what it knows from what it missed.

-- '*' before a host: who may look at it has changed.  It comes first, so that
-- nobody is told that a host changed and not yet that.
CREATE OR REPLACE FUNCTION ring_project() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
	p text := coalesce(NEW.project_id, OLD.project_id);
	mark text;
BEGIN
	FOREACH mark IN ARRAY ARRAY['*', ''] LOOP
		PERFORM pg_notify('slipway_serve', mark || slug) FROM projects WHERE id = p;
		PERFORM pg_notify('slipway_serve', mark || host) FROM domains
		  WHERE project_id = p AND verified_at IS NOT NULL;
	END LOOP;
	RETURN NULL;
END
$$;

-- A new password has a new key, so its hash tells one from the other, and gives
-- neither away.
CREATE FUNCTION serve_guards()
RETURNS TABLE (project_id text, hosts text, key_hash text, tokens text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
	SELECT w.project_id, w.hosts, encode(sha256(w.cookie_key), 'hex'),
	    coalesce((SELECT string_agg(encode(k.hash, 'hex'), ' ') FROM protection_tokens k
		WHERE k.project_id = w.project_id), '')
	  FROM protections w ORDER BY w.project_id COLLATE "C"
$$;
COMMENT ON FUNCTION serve_guards() IS
    'What protects projects, by project: to be compared with, and no more';
REVOKE EXECUTE ON FUNCTION serve_guards() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION serve_guards() TO slipway_serve;
COMMENT ON ROLE slipway_serve IS 'fcgi-serve: two functions, read only';
