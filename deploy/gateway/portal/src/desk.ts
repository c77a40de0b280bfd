/** What a tile or a category may ask of the material page around it. */
import { inject, type InjectionKey } from "vue";
import type { Category, DossierImage, Limits } from "./api/types";
import type { DossierStore } from "./dossier";

export interface UploadRequest {
  category: Category;
  slot: string | null;
  replaces: string | null;
  file?: File;
}

export interface Desk {
  store: DossierStore;
  upload(request: UploadRequest): void;
  look(category: Category, image: DossierImage): void;
  sample(category: Category): void;
}

export const DESK: InjectionKey<Desk> = Symbol("desk");

export function useDesk(): Desk {
  const desk = inject(DESK);
  if (!desk) throw new Error("outside of the material page");
  return desk;
}

export function slotName(category: Category, slot: string | null): string {
  return category.slots.find((one) => one.code === slot)?.name ?? "";
}

export function limitsOf(category: Category, slot: string | null): Limits {
  return category.slots.find((one) => one.code === slot)?.limits ?? category.limits;
}

export function domId(code: string): string {
  return `category-${code}`;
}

/** Bring a category into view and put the focus on its heading. */
export function jumpTo(code: string): void {
  const block = document.getElementById(domId(code));
  block?.closest("details")?.setAttribute("open", "");
  block?.scrollIntoView({ block: "start" });
  block?.querySelector<HTMLElement>("h3, h2")?.focus({ preventScroll: true });
}
