create type payroll.grade as enum ('junior', 'regular', 'senior', 'lead', 'head');

create table payroll.departments (
  id integer primary key,
  name text not null,
  cost_centre text not null,
  region text not null
);

create table payroll.employees (
  id integer not null,
  employee_no text not null,
  full_name text not null,
  work_email text not null,
  private_email text,
  phone text,
  person_number text not null,
  birth_date date not null,
  iban text not null,
  salary numeric(12, 2) not null,
  grade payroll.grade not null,
  department_id integer not null,
  cost_centre text not null,
  region text not null,
  manager_id integer,
  skills text[] not null,
  emergency_contact jsonb,
  hired_on date not null,
  left_on date
);

create table payroll.payslips (
  employee_id integer not null,
  month date not null,
  gross numeric(12, 2) not null,
  tax numeric(12, 2) not null,
  net numeric(12, 2) not null,
  iban text not null,
  region text not null,
  paid_at timestamptz not null
);
