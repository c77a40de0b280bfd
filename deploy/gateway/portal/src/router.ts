/** Two places, kept in the fragment: the page needs no rewriting in the gateway and the back button works. */
import { shallowRef } from "vue";
import { placeOf, ticketOf, type Place } from "./address";

export const place = shallowRef<Place>(placeOf(location.hash));

/** Take the ticket out of the address and the history at once: it must not be shared or reloaded. */
export function takeTicket(): string | null {
  const ticket = ticketOf(location.hash);
  if (ticket !== null) history.replaceState(null, "", location.pathname);
  return ticket;
}

export function follow(onTicket: (ticket: string) => void): void {
  window.addEventListener("hashchange", () => {
    const ticket = takeTicket();
    if (ticket !== null) onTicket(ticket);
    else place.value = placeOf(location.hash);
  });
}

export function goHome(): void {
  if (location.hash !== "") location.hash = "#/";
  place.value = { name: "home" };
}

export function goMaterials(registration: string): void {
  location.hash = `#/materials/${registration}`;
  place.value = { name: "materials", registration };
}
