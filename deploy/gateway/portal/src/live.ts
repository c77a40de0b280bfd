/** Changes pushed by the notify service. The stream only says that something changed; the page then asks. */
import { auth, notify } from "./api/calls";
import { session, signedIn } from "./session";

const SETTLE_MS = 120;
const AGAIN_MS = 3000;

export function watchChanges(registration: string, onChange: () => void): () => void {
  let source: EventSource | null = null;
  let settle: number | undefined;
  let again: number | undefined;
  let stopped = false;
  let failures = 0;

  function changed(): void {
    window.clearTimeout(settle);
    settle = window.setTimeout(onChange, SETTLE_MS);
  }

  async function open(): Promise<void> {
    if (session.phase !== "ready") await signedIn();
    if (stopped) return;
    source = new EventSource(notify.streamPath(registration));
    source.addEventListener("change", changed);
    source.addEventListener("open", () => {
      if (failures > 0) changed();
      failures = 0;
    });
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) reopen();
    });
  }

  /** A refused stream (mostly an access token that ran out) is opened anew after the session was renewed. */
  function reopen(): void {
    source?.close();
    window.clearTimeout(again);
    failures += 1;
    again = window.setTimeout(() => {
      void auth
        .me()
        .catch(() => null)
        .then(open);
    }, Math.min(30_000, AGAIN_MS * failures));
  }

  void open();
  return () => {
    stopped = true;
    window.clearTimeout(settle);
    window.clearTimeout(again);
    source?.close();
  };
}
