/** What the open tabs of one browser tell each other: somebody has signed in, or out. */

export type News = "signed-in" | "signed-out";

const channel = "BroadcastChannel" in window ? new BroadcastChannel("kaoshen.session") : null;

export function tellTabs(news: News): void {
  channel?.postMessage(news);
}

export function hearTabs(hear: (news: News) => void): void {
  channel?.addEventListener("message", (event: MessageEvent<News>) => hear(event.data));
}
