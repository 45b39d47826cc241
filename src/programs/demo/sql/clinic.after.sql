alter table clinic.patients add primary key (id);
create unique index patients_national_id on clinic.patients (national_id);
create unique index patients_public_id on clinic.patients (public_id);
alter table clinic.visits add primary key (id, visited_at);
create index visits_patient on clinic.visits (patient_id);
alter table clinic.lab_results add primary key (id);
create index lab_results_patient on clinic.lab_results (patient_id);
alter table clinic.consents add primary key (patient_id, purpose);

alter table clinic.clinicians add foreign key (site_id) references clinic.sites (id);
alter table clinic.patients add foreign key (site_id) references clinic.sites (id);
alter table clinic.visits add foreign key (patient_id) references clinic.patients (id);
alter table clinic.visits add foreign key (clinician_id) references clinic.clinicians (id);
alter table clinic.visits add foreign key (site_id) references clinic.sites (id);
alter table clinic.visits add foreign key (diagnosis_code) references clinic.diagnoses (code);
alter table clinic.lab_results add foreign key (patient_id) references clinic.patients (id);
alter table clinic.consents add foreign key (patient_id) references clinic.patients (id);

create view clinic.patient_overview as
  select p.id, p.full_name, p.birth_date, p.region, s.name as site,
         count(v.id) as visits, max(v.visited_at) as last_visit
  from clinic.patients p
  join clinic.sites s on s.id = p.site_id
  left join clinic.visits v on v.patient_id = p.id
  group by p.id, s.name;

create view clinic.emergencies as
  select id, patient_id, region, visited_at, diagnosis_code, diagnosis, note
  from clinic.visits where urgency = 'emergency';

create materialized view clinic.visits_by_month as
  select date_trunc('month', visited_at) as month, region, diagnosis_code,
         count(*) as visits, sum(cost) as cost
  from clinic.visits group by 1, 2, 3;

comment on table clinic.sites is 'Places where patients are seen';
comment on table clinic.clinicians is 'Doctors and nurses, invented';
comment on table clinic.diagnoses is 'Codes of diagnoses with their names';
comment on table clinic.patients is 'One row a patient, invented';
comment on column clinic.patients.public_id is 'What other systems may know a patient by';
comment on column clinic.patients.national_id is 'Shaped like a US social security number, of a range that was never issued';
comment on column clinic.patients.residence is 'Postal address as JSON: street, city, postcode, region, geo';
comment on column clinic.patients.photo_thumb is 'First bytes of a picture, random';
comment on table clinic.visits is 'One row a visit, a partition a month';
comment on column clinic.visits.visited_at is 'Event time';
comment on column clinic.visits.note is 'Free text; names and telephone numbers occur in it';
comment on table clinic.lab_results is 'Measured values, and the bytes the machine sent';
comment on table clinic.consents is 'What each patient agreed to';
comment on view clinic.patient_overview is 'Patients with the number of their visits';
comment on view clinic.emergencies is 'Visits that could not wait';
comment on materialized view clinic.visits_by_month is 'Counts and cost by month, region and diagnosis';
