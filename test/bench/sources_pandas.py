"""What people write in its place: the rows of a query into a Parquet file. ADDRESS QUERY FILE"""

import sys

import pandas
import sqlalchemy

address, query, file = sys.argv[1:]
engine = sqlalchemy.create_engine(address.replace("postgres://", "postgresql+psycopg2://", 1))
with engine.connect() as connection:
    table = pandas.read_sql(sqlalchemy.text(query), connection)
# pyarrow has no type for an object of Python's uuid module.
for name in table.columns[table.dtypes == object]:
    if type(table[name].iloc[0]).__name__ == "UUID":
        table[name] = table[name].astype(str)
table.to_parquet(file)
