/** What the fragment of the address says. */

export type Place = { name: "home" } | { name: "materials"; registration: string };

export function placeOf(fragment: string): Place {
  const match = /^#\/materials\/([\w-]+)$/.exec(fragment);
  return match?.[1] ? { name: "materials", registration: match[1] } : { name: "home" };
}

/** The entry ticket of the registration system, if the fragment carries one. */
export function ticketOf(fragment: string): string | null {
  const value = new URLSearchParams(fragment.replace(/^#/, "")).get("ticket");
  return value === null || value === "" ? null : value;
}
