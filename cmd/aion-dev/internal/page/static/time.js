// Times by the server's clock.

let ahead = 0; // of this machine's clock, in ms

export function setNow(text) { ahead = new Date(text) - Date.now(); }

export const now = () => Date.now() + ahead;

/** A duration in ms, for people. */
export function duration(ms) {
  ms = Math.max(0, ms);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** How long a run took, or has taken so far. */
export const spent = (run) =>
  duration((run.ended ? new Date(run.ended) : now()) - new Date(run.started));

/** How long ago something was, in whole seconds. */
export function ago(text) {
  const s = Math.max(0, Math.round((now() - new Date(text)) / 1000));
  return s === 0 ? "just now" : `${duration(s * 1000).replace(".0 s", " s")} ago`;
}

export const clock = (text) => new Date(text).toLocaleTimeString();
