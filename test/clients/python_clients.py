"""What Python tools do: psycopg with text and binary results and a server-side cursor, SQLAlchemy with reflection."""

import os
import sys

import psycopg
import sqlalchemy

host, port, database, user, ca = sys.argv[1:6]
password = os.environ["PGPASSWORD"]
settings = f"host={host} port={port} dbname={database} user={user} sslmode=verify-full sslrootcert={ca}"

with psycopg.connect(settings, password=password) as connection:
    print("tls", connection.pgconn.ssl_in_use)
    for binary in (False, True):
        with connection.cursor(binary=binary) as cursor:
            cursor.execute("select id, name, contact, salary, born, tier::text from shop.customers where id < %s order by id", (3,))
            for row in cursor:
                print("binary" if binary else "text", *row)
    with connection.cursor(name="walk") as cursor:
        cursor.itersize = 2
        for row in cursor.execute("select id, contact from shop.customers order by id"):
            print("cursor", *row)
    with connection.cursor() as cursor:
        with cursor.copy("copy (select id, contact from shop.customers order by id) to stdout") as copy:
            for row in copy.rows():
                print("copy", *row)
    with connection.pipeline():
        first = connection.execute("select 1")
        second = connection.execute("select name from shop.customers where id = 1")
        print("pipeline", first.fetchone(), second.fetchone())
    try:
        connection.execute("select * from secret.payroll")
        print("not refused")
    except psycopg.Error as problem:
        print("refused", problem.sqlstate)

url = sqlalchemy.engine.URL.create(
    "postgresql+psycopg", user, password, host, int(port), database, {"sslmode": "verify-full", "sslrootcert": ca}
)
engine = sqlalchemy.create_engine(url)
inspector = sqlalchemy.inspect(engine)
print("schemas", *[name for name in inspector.get_schema_names() if name in ("shop", "secret")])
print("tables", *sorted(inspector.get_table_names(schema="shop")))
for column in inspector.get_columns("customers", schema="shop"):
    print("column", column["name"], column["type"], column["nullable"])
print("key", inspector.get_pk_constraint("customers", schema="shop")["constrained_columns"])
print("foreign", [(key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys("orders", schema="shop")])
orders = sqlalchemy.Table("orders", sqlalchemy.MetaData(), schema="shop", autoload_with=engine)
with engine.connect() as connection:
    count = connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(orders)).scalar()
    print("orders", count)
