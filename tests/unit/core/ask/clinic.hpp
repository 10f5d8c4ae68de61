// A second small schema for tests of asking: a clinic's doctors see patients and prescribe medicines.
#pragma once
#include "tests/unit/core/ask/shop.hpp"

namespace vanna::test {

inline std::shared_ptr<sql::schema const> clinic() {
    auto made = std::make_shared<sql::schema>();
    made->engine = "sqlite";
    made->version = "v1";
    sql::table doctors{.name = "doctors", .ddl = "CREATE TABLE doctors (...)"};
    doctors.columns = {key("doctor_id"), column("full_name", "TEXT", {"Ada Hart", "Ben Cole", "Cy Moss"}),
                       column("speciality", "TEXT", {"cardiology", "surgery", "radiology"}),
                       column("salary", "INTEGER"), column("hired_on", "DATE")};
    sql::table patients{.name = "patients", .ddl = "CREATE TABLE patients (...)"};
    patients.columns = {key("patient_id"),
                        column("first_name", "TEXT"),
                        column("last_name", "TEXT"),
                        column("birth_date", "DATE"),
                        column("town", "TEXT", {"Leiden", "Ghent"}),
                        column("insurer", "TEXT", {"Aegis", "Unita"})};
    sql::table visits{.name = "visits", .ddl = "CREATE TABLE visits (...)"};
    visits.columns = {key("visit_id"),
                      column("doctor_id", "INTEGER"),
                      column("patient_id", "INTEGER"),
                      column("visit_date", "DATE"),
                      column("fee", "NUMERIC"),
                      column("outcome", "TEXT", {"cured", "referred", "unchanged"})};
    visits.foreign_keys = {{{"doctor_id"}, "doctors", {"doctor_id"}},
                           {{"patient_id"}, "patients", {"patient_id"}}};
    sql::table medicines{.name = "medicines", .ddl = "CREATE TABLE medicines (...)"};
    medicines.columns = {key("medicine_id"), column("name", "TEXT", {"Aspirin", "Ibuprofen", "Zinc"}),
                         column("price", "NUMERIC"), column("stock", "INTEGER")};
    sql::table prescriptions{.name = "prescriptions", .ddl = "CREATE TABLE prescriptions (...)"};
    prescriptions.columns = {key("prescription_id"), column("visit_id", "INTEGER"),
                             column("medicine_id", "INTEGER"), column("dose_mg", "INTEGER")};
    prescriptions.foreign_keys = {{{"visit_id"}, "visits", {"visit_id"}},
                                  {{"medicine_id"}, "medicines", {"medicine_id"}}};
    made->tables = {doctors, medicines, patients, prescriptions, visits};
    return made;
}

}  // namespace vanna::test
