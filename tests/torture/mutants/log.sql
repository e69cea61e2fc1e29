-- I10: lines are lost now and then.
CREATE FUNCTION torture.lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN random() > 0.01 THEN NEW END;
END
$$;
CREATE TRIGGER lose BEFORE INSERT ON build_logs FOR EACH ROW EXECUTE FUNCTION torture.lose();
