/** What the services say, word for word as their OpenAPI documents. */

export interface Portal {
  title: string;
  subtitle: string;
  auth_mode: string;
}

export interface Card {
  registration_id: string;
  heading: string;
  session: string;
  category_code: string;
  category_name: string;
  name: string;
  admission_ticket_no: string | null;
  district_name: string;
  site_name: string;
  stage: string;
  registered_on: string;
  upload_button: boolean;
}

export interface ActivationPage {
  title: string;
  auth_mode: string;
  notes: string[];
  commitments: string[];
  commitment_at: string | null;
  password_hint: string;
  password_pattern: string;
  recovery_question: boolean;
  recovery_questions: string[];
  captcha: boolean;
}

export interface Entry {
  entry_token: string;
  activated: boolean;
  username: string;
  card: Card;
  page: ActivationPage;
}

export interface CandidateMe {
  kind: "candidate";
  candidate_id: string;
  name_masked: string;
  registrations: Card[];
}

export type Me = CandidateMe | { kind: "staff" };

export type Stage = "draft" | "submitted" | "returned" | "site_passed" | "passed" | "rejected" | "abandoned" | "closed";

export type LockedReason =
  | "submitted"
  | "review_in_progress"
  | "site_passed"
  | "decided"
  | "window_closed"
  | "not_open_yet"
  | "sendback_expired"
  | "due_paper_expired"
  | "superseded";

export type ImageState = "processing" | "awaiting" | "uploaded" | "locked" | "passed" | "returned" | "refused";

export interface DossierImage {
  image_id: string;
  slot: string | null;
  status: "processing" | "ready" | "refused";
  state: ImageState;
  /** What the candidate has to agree to before the picture counts. */
  awaits: "shrunk" | "same_shot" | null;
  open: boolean;
  refusal: { code: string; detail: string } | null;
  returned: { reason_label: string; text: string } | null;
  /** What is odd about the picture without being a reason to refuse it. */
  hints: { code: string; detail: string }[];
  size_bytes: number;
  /** What is kept of it: less where the server has made it smaller. */
  stored_bytes: number | null;
  width: number | null;
  height: number | null;
  /** Hints of a measurement, as long as another picture can be taken. */
  doubts: readonly ("blurred" | "dark" | "glaring")[];
  received_at: string;
  sha256: string;
  /** A copy of a picture of an earlier session or registration. */
  carried: { session: string; approved: boolean } | null;
  thumbnail_url: string | null;
  copy_url: string | null;
  /** Deleted by rule: that it was there is all that is left. */
  erased: boolean;
}

/** What a file must be to be sent at all, and to be kept as it is. */
export interface Limits {
  formats: string[];
  max_bytes: number;
  accept_max_bytes: number;
  /** Making it smaller on the device can't break another rule. */
  shrink_here: boolean;
}

export interface Slot {
  code: string;
  name: string;
  limits: Limits;
}

export interface Category {
  code: string;
  name: string;
  hint: string;
  need: "required" | "one_of" | "covered" | "not_needed";
  /** What a changed registration has made of it, until that is answered. */
  change: "added" | "dropped" | null;
  required: boolean;
  mine: boolean;
  order: number;
  min_images: number;
  max_images: number;
  samples: string[];
  template: { name: string; url: string } | null;
  slots: Slot[];
  limits: Limits;
  other: boolean;
  can_add: boolean;
  closed_reason: string | null;
  images: DossierImage[];
}

export interface Receipt {
  number: string;
  submitted_at: string;
  images: number;
  revision: number;
}

export interface SendBackItem {
  category: string;
  slot: string | null;
  image_id: string | null;
  reason_label: string;
  text: string;
  answered_by: string | null;
  /** It needs nothing more: a successor counts, or the category does without the picture. */
  settled: boolean;
}

export interface SendBack {
  id: string;
  round: number;
  level: string;
  deadline: string | null;
  created_at: string;
  items: SendBackItem[];
}

export interface Alternative {
  code: string;
  name: string;
  present: number;
  needed: number;
}

/** A required paper or group that lacks pictures; of a group, `any_of` names all that would do. */
export interface Missing extends Alternative {
  any_of: Alternative[];
}

/** Papers of which one suffices. */
export interface Group {
  code: string;
  name: string;
  hint: string;
  categories: string[];
  satisfied: boolean;
}

export interface Dossier {
  registration_id: string;
  version: number;
  revision: number;
  stage: Stage;
  locked: boolean;
  locked_reason: LockedReason | null;
  can_submit: boolean;
  can_answer: boolean;
  can_withdraw: boolean;
  submit_mode: "explicit" | "autosave";
  require_mandatory: boolean;
  times: {
    opens_at: string | null;
    closes_at: string | null;
    review_starts_at: string | null;
    saved_at: string | null;
    settles_at: string | null;
    papers_due_at: string | null;
  };
  submitted_at: string | null;
  receipt: Receipt | null;
  send_back: SendBack | null;
  /** Pictures of another dossier that are still being brought in. */
  copying: number;
  progress: { required_total: number; required_done: number; missing: Missing[] };
  page: {
    title: string;
    heading: string;
    tip: string;
    attention: string;
    file_rule: string;
    hint_in_every_dialog: boolean;
    formats: string[];
    max_bytes: number;
    notices: { title: string; text: string; link: string | null }[];
    tick_on_pass: boolean;
    photo: Photo | null;
  };
  category_list: "all" | "mine_first";
  groups: Group[];
  categories: Category[];
  server_time: string;
}

/** What is asked of the portrait of the registration. */
export interface Photo {
  rule: string;
  is_checked_here: boolean;
  checker: { text: string; url: string } | null;
}

export interface PortraitReport {
  ok: boolean;
  rule: string;
  received_bytes: number;
  stored_bytes: number;
  width: number;
  height: number;
  findings: { code: string; severity: "refuse" | "hint"; detail: string }[];
  /** A JPEG in base64, where one had to be made. */
  corrected: string | null;
}

export interface Uploaded {
  image_id: string;
  sha256: string;
  size_bytes: number;
  received_at: string;
  status: string;
  hints: { code: string; detail: string }[];
}

export interface CardStatus {
  status_word: string;
  status: "filling" | "site_passed" | "passed" | "rejected";
  reviewed_by: unknown[];
}

export interface Message {
  message_id: string;
  at: string;
  time_text: string;
  author: "system" | "staff";
  author_name: string | null;
  code: string;
  text: string;
  action_needed: boolean;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  hint?: string;
  [member: string]: unknown;
}
