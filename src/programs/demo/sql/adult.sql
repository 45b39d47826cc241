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

comment on table census.people is 'UCI Adult (CC BY 4.0), the extract that comes with ARX: 30,162 people of the 1994 US census';
comment on column census.people.salary_class is 'Whether somebody earned more than 50,000 dollars a year';
