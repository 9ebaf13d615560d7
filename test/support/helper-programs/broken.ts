// A program that ends while it loads.
throw new Error('broken while loading');
