# The API: units of fcgi-api, and the whole of it in one conversation.
tests_sh += tests/fcgi-api/api.t
