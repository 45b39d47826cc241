-- Loads the Adult extract: psql -d adult -f examples/adult/load.sql < ../shared/data/adult/adult.csv
-- UCI Adult (CC BY 4.0) in the form that comes with ARX: 30,162 people of the 1994 census of the United States.
\set ON_ERROR_STOP on

begin;

create schema census;

create table census.people (
  id integer generated always as identity primary key,
  sex text not null,
  age integer not null,
  race text not null,
  marital_status text not null,
  education text not null,
  native_country text not null,
  workclass text not null,
  occupation text not null,
  salary_class text not null
);

\copy census.people (sex, age, race, marital_status, education, native_country, workclass, occupation, salary_class) from pstdin with (format csv, delimiter ';', header)

comment on table census.people is 'UCI Adult, the extract that comes with ARX';
comment on column census.people.salary_class is 'Whether somebody earned more than 50,000 dollars a year';

commit;

analyze census.people;
