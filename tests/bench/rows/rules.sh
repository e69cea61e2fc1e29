# rules -- ten thousand of them, the last asked for, without nginx's cache;
# against a site that has none.  Both answer with the same file.
repo ruled
mkdir -p "$T/src/ruled"
cp "$T/src/bench/4k.html" "$T/src/ruled/4k.html"
{
	for i in $(seq 5000); do echo "/old/page-$i /new/page-$i"; done
	for i in $(seq 4998); do echo "/blog/:year/post-$i/* /b/:year/$i/:splat"; done
	echo '/from/*/here /to/:splat 200'
	echo '/kept/* /:splat 200'
} >"$T/src/ruled/_redirects"
project ruled
deployed ruled
nginx_cache off
compare "$site/4k.html" "http://ruled.localhost:$port/kept/4k.html"
nginx_cache on
r=$(ratio "$b" "$a")
line 'the last of 10,000 rules, cache off, against no rules' '>= 0.9' "$r" "$(reached "$r >= 0.9")"
