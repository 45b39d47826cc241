-- $1 vault number
insert into vault.subject_page (number, vault_number, used) values (nextval('vault.subject_page_number'), $1, 0) returning number
