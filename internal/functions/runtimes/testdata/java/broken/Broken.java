package broken;

/** Classes that cannot be handlers. */
public class Broken {
  public static class Static {
    static int ready = Integer.parseInt("not a number");

    public String handle(Object event) {
      return "" + ready;
    }
  }

  public static class Constructor {
    public Constructor() {
      throw new IllegalArgumentException("no handler today");
    }

    public String handle(Object event) {
      return "";
    }
  }
}
