-- Runs once, when the data volume is empty. A role that can make databases, which restoring needs, and is no superuser.
\getenv password DATABASE_PASSWORD
create role daymark login createdb password :'password';
create database daymark owner daymark;
