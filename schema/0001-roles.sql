-- Who may connect, and the tools every later file uses.
--
-- Three programs, three roles, none of which owns anything.  Roles belong to
-- the whole PostgreSQL cluster, so they may be there already.

DO $$
DECLARE
	r text;
BEGIN
	FOREACH r IN ARRAY ARRAY['slipway_api', 'slipway_serve', 'slipway_build']
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', r);
		END IF;
	END LOOP;
END
$$;

COMMENT ON ROLE slipway_api IS 'fcgi-api: tenants'' rows, behind row level security';
COMMENT ON ROLE slipway_serve IS 'fcgi-serve: one function, read only';
COMMENT ON ROLE slipway_build IS 'builderd: the queue and what builds write';

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO slipway_api, slipway_serve, slipway_build;
-- Nothing made later is callable by everybody just because it is a function.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

ALTER ROLE slipway_api SET search_path = public, pg_temp;
ALTER ROLE slipway_serve SET search_path = public, pg_temp;
ALTER ROLE slipway_build SET search_path = public, pg_temp;
ALTER ROLE slipway_api SET statement_timeout = '5s';
ALTER ROLE slipway_api SET lock_timeout = '2s';
ALTER ROLE slipway_api SET idle_in_transaction_session_timeout = '10s';
-- Its statements are few, and each fetches by a key: plan them once.
ALTER ROLE slipway_api SET plan_cache_mode = force_generic_plan;
ALTER ROLE slipway_serve SET statement_timeout = '2s';
ALTER ROLE slipway_build SET statement_timeout = '30s';
ALTER ROLE slipway_build SET lock_timeout = '5s';
ALTER ROLE slipway_build SET idle_in_transaction_session_timeout = '10s';

-- Twelve characters of lower-case base32 from the kernel's random source.
-- Of a version 4 UUID bytes 6 and 8 are not all random, so they are left out.
CREATE FUNCTION new_id(prefix text) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	b bytea := uuid_send(gen_random_uuid());
	i int;
	id text := prefix || '_';
BEGIN
	FOREACH i IN ARRAY ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14] LOOP
		id := id || substr('abcdefghijklmnopqrstuvwxyz234567',
		    (get_byte(b, i) & 31) + 1, 1);
	END LOOP;
	RETURN id;
END
$$;
COMMENT ON FUNCTION new_id(text) IS 'A fresh public id: prefix, underscore, 60 random bits';
GRANT EXECUTE ON FUNCTION new_id(text) TO slipway_api, slipway_build;
