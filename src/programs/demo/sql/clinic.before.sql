create domain clinic.email_address as text check (value ~ '^[^@[:space:]]+@[^@[:space:]]+$');
create type clinic.gender as enum ('female', 'male', 'other', 'unknown');
create type clinic.urgency as enum ('routine', 'soon', 'emergency');

create table clinic.sites (
  id integer primary key,
  name text not null,
  region text not null,
  city text not null,
  opened_on date not null,
  gateway_net inet
);

create table clinic.clinicians (
  id integer primary key,
  full_name text not null,
  email clinic.email_address not null,
  site_id integer not null,
  specialities text[] not null
);

create table clinic.diagnoses (
  code text primary key,
  label text not null
);

create table clinic.patients (
  id bigint not null,
  public_id uuid not null,
  full_name text not null,
  email text,
  phone text,
  national_id text not null,
  birth_date date not null,
  gender clinic.gender not null,
  region text not null,
  site_id integer not null,
  residence jsonb not null,
  allergies text[] not null,
  insurer text,
  photo_thumb bytea,
  registered_at timestamptz not null
);

create table clinic.visits (
  id bigint not null,
  patient_id bigint not null,
  clinician_id integer not null,
  site_id integer not null,
  region text not null,
  visited_at timestamptz not null,
  urgency clinic.urgency not null,
  diagnosis_code text not null,
  diagnosis text not null,
  note text,
  vitals jsonb not null,
  cost numeric(10, 2) not null,
  booked_from inet
) partition by range (visited_at);

create table clinic.lab_results (
  id uuid not null,
  patient_id bigint not null,
  region text not null,
  test text not null,
  value numeric(8, 3),
  unit text not null,
  flagged boolean not null,
  raw bytea,
  measured_at timestamptz not null
);

create table clinic.consents (
  patient_id bigint not null,
  purpose text not null,
  given boolean not null,
  decided_at timestamptz not null
);
