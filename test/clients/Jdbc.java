import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** What a JDBC tool does: connect, list tables, columns and keys, query with and without parameters, by cursor, and be refused. */
public final class Jdbc {
  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    properties.setProperty("user", arguments[1]);
    properties.setProperty("password", System.getenv("PGPASSWORD"));
    for (int i = 2; i < arguments.length; i++) {
      String[] pair = arguments[i].split("=", 2);
      properties.setProperty(pair[0], pair[1]);
    }
    try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
      DatabaseMetaData metadata = connection.getMetaData();
      System.out.println("product " + metadata.getDatabaseProductName());
      try (ResultSet rows = metadata.getSchemas()) {
        print("schema", rows, "TABLE_SCHEM");
      }
      try (ResultSet rows = metadata.getTables(null, "shop", "%", new String[] {"TABLE", "PARTITIONED TABLE", "VIEW"})) {
        print("table", rows, "TABLE_NAME", "TABLE_TYPE");
      }
      try (ResultSet rows = metadata.getColumns(null, "shop", "customers", "%")) {
        print("column", rows, "COLUMN_NAME", "TYPE_NAME", "NULLABLE");
      }
      try (ResultSet rows = metadata.getPrimaryKeys(null, "shop", "customers")) {
        print("key", rows, "COLUMN_NAME", "KEY_SEQ");
      }
      try (ResultSet rows = metadata.getImportedKeys(null, "shop", "orders")) {
        print("imported", rows, "PKTABLE_NAME", "FKCOLUMN_NAME");
      }
      try (ResultSet rows = metadata.getIndexInfo(null, "shop", "orders", false, false)) {
        print("index", rows, "INDEX_NAME", "COLUMN_NAME");
      }
      // prepared five times and more, so that the driver switches to a named server-side statement and binary results
      try (PreparedStatement statement =
          connection.prepareStatement("select id, name, contact, salary, seen from shop.customers where id = ?")) {
        for (int id = 1; id <= 8; id++) {
          statement.setInt(1, id);
          try (ResultSet rows = statement.executeQuery()) {
            print("prepared", rows, "id", "name", "contact", "salary");
          }
        }
      }
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(2);
        try (ResultSet rows = statement.executeQuery("select id, contact from shop.customers order by id")) {
          print("cursor", rows, "id", "contact");
        }
      }
      connection.commit();
      connection.setAutoCommit(true);
      try (Statement statement = connection.createStatement()) {
        statement.executeQuery("select * from secret.payroll");
        System.out.println("not refused");
      } catch (SQLException problem) {
        System.out.println("refused " + problem.getSQLState());
      }
    }
  }

  private static void print(String label, ResultSet rows, String... columns) throws SQLException {
    while (rows.next()) {
      StringBuilder line = new StringBuilder(label);
      for (String column : columns) line.append(' ').append(rows.getString(column));
      System.out.println(line);
    }
  }
}
