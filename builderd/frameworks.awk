# frameworks.awk -- frameworks.def as C, or as the list of its manual page.
#
#	awk -f frameworks.awk frameworks.def
#	awk -v man=1 -f frameworks.awk frameworks.def

function bad(why)
{
	printf "%s:%d: %s\n", FILENAME, FNR, why >"/dev/stderr"
	status = 1
	exit 1
}

# The first {a,b} of a word is what follows it with each; "" for no more.
function expand(word, i, j, n, k, part, out)
{
	if (!(i = match(word, /\{[^}]*\}/)))
		return " " word
	j = RLENGTH
	n = split(substr(word, i + 1, j - 2), part, ",")
	for (k = 1; k <= n; k++)
		out = out expand(substr(word, 1, i - 1) part[k] \
		    substr(word, i + j))
	return out
}

function detectors(s, word, file, n, i, j, k, m, name, out)
{
	n = split(s, word, " ")
	for (i = 1; i <= n; i++) {
		if (match(word[i], /~import\(.*\)$/)) {
			name = substr(word[i], RSTART + 8, RLENGTH - 9)
			word[i] = substr(word[i], 1, RSTART) "(from|require|" \
			    "import)[[:space:]]*([(][[:space:]]*)?[\"']" name \
			    "[\"']"
			sub(/~/, "\001", word[i])
		}
		# Braces stand in names of files, not in patterns.
		if ((j = index(word[i], "\001")) || (j = index(word[i], "~"))) {
			m = split(expand(substr(word[i], 1, j - 1)), file, " ")
			for (k = 1; k <= m; k++)
				out = out " " file[k] "~" substr(word[i], j + 1)
		} else
			out = out expand(word[i])
	}
	return substr(out, 2)
}

function c(s)
{
	if (s == "")
		return "NULL"
	if (s ~ /\\/)
		bad(name ": a backslash")
	gsub(/"/, "\\\"", s)
	return "\"" s "\""
}

function bars(s)
{
	gsub(/ +/, "|", s)
	return s
}

function flags(s, word, n, i, out)
{
	n = split(s, word, " ")
	for (i = 1; i <= n; i++) {
		if (word[i] !~ /^(spa|page200|route|server|weak)$/)
			bad(name ": no such flag: " word[i])
		out = out (i > 1 ? " | " : "") "FRAMEWORK_" toupper(word[i])
	}
	return out == "" ? "0" : out
}

function row()
{
	if (name == "")
		return
	if (man) {
		does = v["flags"] ~ /server/ ? "a server" : v["command"]
		printf ".It Li %s Ta %s Ta %s Ta %s\n", name, v["title"],
		    does == "" ? "\\(en" : does,
		    v["output"] == "" ? "\\(en" : v["output"]
		return
	}
	if (v["flags"] !~ /server/ && !("scripts" in v) && name != "static")
		v["scripts"] = "build vercel-build now-build"
	if (v["flags"] ~ /server/ && !("output" in v))
		v["output"] = "dist build out public _site www ."
	printf "{ %s, %s,\n  %s,\n  %s,\n  %s,\n  %s, %s,\n", c(name),
	    c(v["title"]), c(detectors(v["every"])), c(detectors(v["some"])),
	    c(detectors(v["config"])), c(v["supersedes"]), c(v["alias"])
	printf "  %s, %s, %s, %s, %s,\n  %s, %s, %s, %s },\n",
	    v["command"] == "" ? "\"\"" : c(v["command"]),
	    c(bars(v["scripts"])), c(bars(v["output"])), c(bars(v["hashed"])),
	    c(bars(v["prefix"])), c(bars(v["cache"])), c(v["hint"]),
	    c(v["program"]), flags(v["flags"])
}

BEGIN { if (!man) print "/* Made from frameworks.def by frameworks.awk. */" }
/^#/ || /^$/ { next }
/^\[[a-z0-9-]+\]$/ {
	row()
	split("", v)
	name = substr($0, 2, length($0) - 2)
	if (name in seen)
		bad(name " stands there twice")
	seen[name] = 1
	next
}
{
	if ($2 != "=" || $1 !~ /^(title|every|some|config|supersedes|alias|command|scripts|output|hashed|prefix|cache|hint|program|flags)$/)
		bad("not a line of a framework: " $0)
	if ($1 in v)
		bad(name ": " $1 " stands there twice")
	v[$1] = substr($0, length($1) + 4)
}
END {
	if (!status)
		row()
	exit status
}
