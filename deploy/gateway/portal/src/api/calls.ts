/** Every endpoint the page uses, one line each. */
import { request } from "./http";
import type { CandidateMe, CardStatus, Dossier, Entry, Me, Message, Portal, PortraitReport, Receipt } from "./types";

const dossierPath = (registration: string): string => `/api/uploads/dossiers/${encodeURIComponent(registration)}`;

export interface Activation {
  entry_token: string;
  password: string;
  password_confirmation: string;
  recovery_question: string | null;
  recovery_answer: string | null;
  commitments_accepted: boolean;
}

export const auth = {
  portal: () => request<Portal>("GET", "/api/auth/portal", { renew: false }),
  me: () => request<Me>("GET", "/api/auth/me"),
  entry: (ticket: string) => request<Entry>("POST", "/api/auth/entry", { body: { ticket }, renew: false }),
  activate: (body: Activation) => request<CandidateMe>("POST", "/api/auth/activation", { body, renew: false }),
  signIn: (username: string, password: string) =>
    request<CandidateMe>("POST", "/api/auth/sign-in", { body: { username, password }, renew: false }),
  signOut: () => request<null>("POST", "/api/auth/sign-out", { renew: false }),
};

export const uploads = {
  dossier: (registration: string) => request<Dossier>("GET", dossierPath(registration)),
  submit: (registration: string) => request<Receipt>("POST", `${dossierPath(registration)}/submission`),
  answer: (registration: string) => request<null>("POST", `${dossierPath(registration)}/answer`),
  withdraw: (registration: string) => request<null>("POST", `${dossierPath(registration)}/withdrawal`),
  remove: (registration: string, image: string, keepalive = false) =>
    request<null>("DELETE", `${dossierPath(registration)}/images/${encodeURIComponent(image)}`, { keepalive }),
  confirm: (registration: string, image: string) =>
    request<null>("POST", `${dossierPath(registration)}/images/${encodeURIComponent(image)}/confirmation`),
  checkPortrait: (registration: string, file: Blob) =>
    request<PortraitReport>("POST", `/api/uploads/portrait-check?registration=${encodeURIComponent(registration)}`, { file }),
  imagesPath: (registration: string, query: URLSearchParams) => `${dossierPath(registration)}/images?${query}`,
};

export const review = {
  status: (registration: string) =>
    request<CardStatus>("GET", `/api/review/registrations/${encodeURIComponent(registration)}/status`),
};

export const notify = {
  messages: (registration: string) =>
    request<{ items: Message[] }>("GET", `/api/notify/registrations/${encodeURIComponent(registration)}/messages`),
  streamPath: (registration: string) => `/api/notify/stream?registration=${encodeURIComponent(registration)}`,
};
