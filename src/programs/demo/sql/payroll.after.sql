alter table payroll.employees add primary key (id);
alter table payroll.employees add unique (employee_no);
alter table payroll.employees add unique (person_number);
alter table payroll.employees add foreign key (department_id) references payroll.departments (id);
alter table payroll.employees add foreign key (manager_id) references payroll.employees (id);
alter table payroll.payslips add primary key (employee_id, month);
alter table payroll.payslips add foreign key (employee_id) references payroll.employees (id);
alter table payroll.payslips add check (gross = tax + net);

create view payroll.headcount as
  select d.name as department, d.region, e.grade, count(*) as people
  from payroll.employees e join payroll.departments d on d.id = e.department_id
  where e.left_on is null
  group by 1, 2, 3;

create materialized view payroll.cost_by_centre as
  select cost_centre, count(*) as people, sum(salary) as salaries, avg(salary)::numeric(12, 2) as mean_salary
  from payroll.employees group by cost_centre;

comment on table payroll.departments is 'Parts of the company, with the cost centre that pays';
comment on table payroll.employees is 'One row a colleague, invented';
comment on column payroll.employees.person_number is 'Person number of Exampleland, a country that does not exist: XE, eight digits, check letter';
comment on column payroll.employees.iban is 'Valid check digits, banks that do not exist';
comment on column payroll.employees.salary is 'Gross for a year';
comment on table payroll.payslips is 'What was paid, a row a month and colleague';
comment on view payroll.headcount is 'People by department, region and grade';
comment on materialized view payroll.cost_by_centre is 'Salaries by cost centre';
