EXTRA_DIST += examples/README.md \
	examples/broken/build.js examples/broken/package-lock.json \
	examples/broken/package.json \
	examples/plain-html/404.html examples/plain-html/css/site.css \
	examples/plain-html/favicon.svg examples/plain-html/index.html \
	examples/plain-html/notes/first.html \
	examples/plain-html/notes/index.html \
	examples/react-vite/.gitignore \
	examples/react-vite/index.html examples/react-vite/package-lock.json \
	examples/react-vite/package.json \
	examples/react-vite/public/favicon.svg \
	examples/react-vite/src/App.jsx examples/react-vite/src/main.jsx \
	examples/react-vite/src/style.css examples/react-vite/vite.config.js
