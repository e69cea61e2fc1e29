-- Collections of files that no deployment needs.

CREATE TABLE collections (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	ended_at timestamptz,
	good boolean NOT NULL DEFAULT false,
	swept bigint NOT NULL DEFAULT 0,
	swept_bytes bigint NOT NULL DEFAULT 0,
	kept bigint NOT NULL DEFAULT 0,
	kept_bytes bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE collections IS 'The last hundred runs of "slipwayctl gc"';
COMMENT ON COLUMN collections.id IS 'Order';
COMMENT ON COLUMN collections.started_at IS 'When it began';
COMMENT ON COLUMN collections.ended_at IS 'When it ended; null: it runs, or died';
COMMENT ON COLUMN collections.good IS 'It went well; else its log says what did not';
COMMENT ON COLUMN collections.swept IS 'How many blobs it removed';
COMMENT ON COLUMN collections.swept_bytes IS 'How large they were';
COMMENT ON COLUMN collections.kept IS 'How many blobs stay in the store';
COMMENT ON COLUMN collections.kept_bytes IS 'How large those are';

-- Says whose files are about to go: what was deleted more than a day ago.
-- From the end of this transaction on none of those comes back, so what is
-- kept is to be looked at after it.
CREATE FUNCTION collection_begin() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
	c bigint;
BEGIN
	UPDATE deployments SET collected_at = clock_timestamp()
	 WHERE deleted_at < now() - interval '1 day' AND collected_at IS NULL;
	INSERT INTO collections DEFAULT VALUES RETURNING id INTO c;
	DELETE FROM collections WHERE id <= c - 100;
	RETURN c;
END
$$;
COMMENT ON FUNCTION collection_begin() IS 'A collection begins; only an operator may';

CREATE FUNCTION collection_end(c bigint, p_good boolean, p_swept bigint, p_swept_bytes bigint,
    p_kept bigint, p_kept_bytes bigint) RETURNS bigint
LANGUAGE sql SET search_path = public, pg_temp
AS $$
	UPDATE collections SET ended_at = clock_timestamp(), good = p_good, swept = p_swept,
	    swept_bytes = p_swept_bytes, kept = p_kept, kept_bytes = p_kept_bytes
	 WHERE id = c RETURNING id
$$;
COMMENT ON FUNCTION collection_end(bigint, boolean, bigint, bigint, bigint, bigint) IS 'What came of it';
