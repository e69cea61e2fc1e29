import { useSyncExternalStore } from "react";

const pages = {
  "/": Home,
  "/about": About,
};

// Enough of a router to show that every path of a single-page application is
// answered with index.html.
function subscribe(changed) {
  window.addEventListener("popstate", changed);
  return () => window.removeEventListener("popstate", changed);
}

function usePath() {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

function Link({ to, children }) {
  function go(event) {
    event.preventDefault();
    window.history.pushState(null, "", to);
    window.dispatchEvent(new PopStateEvent("popstate"));
  }
  return (
    <a href={to} onClick={go}>
      {children}
    </a>
  );
}

function Home() {
  return (
    <>
      <h1>It floats.</h1>
      <p>
        This page was built from a Git repository by <code>vite build</code>,
        and is served from a store of files that never change.
      </p>
      <p className="small">Built {new Date(__BUILT__).toLocaleString()}</p>
    </>
  );
}

function About() {
  return (
    <>
      <h1>About</h1>
      <p>There is no file called about. Load this page again: it still works.</p>
    </>
  );
}

function Lost() {
  return (
    <>
      <h1>Nothing here</h1>
      <p>The application knows no page of this name.</p>
    </>
  );
}

export function App() {
  const Page = pages[usePath()] ?? Lost;

  return (
    <main>
      <nav>
        <Link to="/">Home</Link>
        <Link to="/about">About</Link>
        <Link to="/elsewhere">Elsewhere</Link>
      </nav>
      <Page />
    </main>
  );
}
